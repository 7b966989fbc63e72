// ALTCHA's task: try one number after another until the key that is derived from it begins as the task says.
const hex = (bytes) => Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
const unhex = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));

const solve = async (challenge) => {
  const { cost, keyLength, keyPrefix, nonce, salt } = challenge.parameters;
  const password = new Uint8Array([...unhex(nonce), 0, 0, 0, 0]);
  const number = new DataView(password.buffer, password.length - 4);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: unhex(salt), iterations: cost };
  for (let counter = 0; ; counter += 1) {
    number.setUint32(0, counter);
    const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
    const derivedKey = hex(new Uint8Array(await crypto.subtle.deriveBits(how, key, keyLength * 8)));
    if (derivedKey.startsWith(keyPrefix)) return btoa(JSON.stringify({ challenge, solution: { counter, derivedKey } }));
  }
};

onmessage = ({ data }) => solve(data).then(postMessage, () => postMessage(""));
