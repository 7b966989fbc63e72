# Two stages: one builds, the other holds only what runs. Data, secret and settings come from outside.
#
#   docker build -t clicdocteur .
#   docker run -it --rm -v clicdocteur:/data -e SITE_URL=https://rdv.example.org clicdocteur python manage.py setup
#   docker run -d  -v clicdocteur:/data -p 127.0.0.1:8000:8000 -e SITE_URL=https://rdv.example.org -e TRUSTED_PROXIES=1 \
#       -e FORWARDED_ALLOW_IPS='*' clicdocteur        (behind your own reverse proxy, which ends TLS)

FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /app
COPY requirements/runtime.txt requirements/
RUN pip install --quiet --require-hashes -r requirements/runtime.txt
COPY . .
# The secret of the build serves to load the settings, and stays behind.
RUN export SECRET_FILE=/build/server-secret \
    && python -c 'from clicdocteur import server_secret as s; s.ensure(s.path_from_environment())' \
    && python locale/messages.py compile \
    && python manage.py collectstatic --noinput --verbosity 0 \
    && python -m compileall -q clicdocteur practitioners patients booking upkeep agenda

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin clicdocteur \
    && install -d -o clicdocteur -g clicdocteur -m 0700 /data
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
WORKDIR /app
# A path, not a secret.
# hadolint ignore=DL3064
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    SECRET_FILE=/data/secret \
    AGENDA_DATABASE_URL=sqlite:////data/agenda.sqlite3 \
    PATIENTS_DATABASE_URL=sqlite:////data/patients.sqlite3 \
    BIND=0.0.0.0:8000
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["python", "deploy/healthcheck.py"]
# Self-check, pages and worker together. Apart: `sh deploy/container.sh pages` in one container, and `python manage.py worker`
# in another, with the same volume and variables.
CMD ["sh", "deploy/container.sh"]
