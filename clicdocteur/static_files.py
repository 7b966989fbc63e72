"""Static files under names that carry their content, so that browsers may keep them for ever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class Fingerprinted(CompressedManifestStaticFilesStorage):
    """Hashed and compressed in production; plain names wherever nothing was collected (tests, a first look)."""

    manifest_strict = False
