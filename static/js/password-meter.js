// The checklist under a new password, ticked while it is typed. The server asks the same again (practitioners.passwords).
const meter = document.querySelector("#meter");
const field = document.getElementById(meter?.dataset.for);
const verdict = meter?.querySelector(".verdict");

const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\p{Nd}/u, /[^\p{L}\p{N}]/u];

const judged = (password) => {
  const typed = password.normalize("NFKC");
  const letters = [...typed];
  const found = kinds.filter((kind) => kind.test(typed)).length;
  const words = typed.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter((word) => [...word].length >= 3);
  return {
    long: (found === 4 && letters.length >= 12) || (found >= 3 && letters.length >= 14),
    varied: new Set(letters).size >= 8,
    phrase: new Set(words).size >= 7,
  };
};

const show = () => {
  const has = judged(field.value);
  for (const line of meter.querySelectorAll("[data-rule]")) {
    const met = has[line.dataset.rule];
    line.classList.toggle("met", met);
    line.querySelector(".hidden-text").textContent = met ? verdict.dataset.yes : verdict.dataset.no;
  }
  const said = has.phrase || (has.long && has.varied) ? verdict.dataset.enough : verdict.dataset.lacking;
  if (verdict.textContent !== said) verdict.textContent = field.value ? said : "";
};

field?.addEventListener("input", show);
