// The sample under the colours shows the name as it is typed.
const sample = document.querySelector("[data-sample]");
const name = document.getElementById("id_name");

name?.addEventListener("input", () => { sample.textContent = name.value; });
