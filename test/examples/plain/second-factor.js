const signIn = document.querySelector("phonegate-sign-in");
const headers = { "Content-Type": "application/json" };
const post = async (path, body) =>
  (await fetch(path, { method: "POST", headers, body: JSON.stringify(body) })).json();
let begun;
document.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  begun = await post("/login", Object.fromEntries(new FormData(event.target)));
  signIn.setAttribute("verification", begun.verification_id); // now the element asks for the code
  signIn.hidden = false;
});
signIn.addEventListener("phonegate-proof", async ({ detail: { proof_token } }) => {
  const { user } = await post("/login/finish", { login: begun.login, proof_token });
  document.querySelector("#who").textContent = `Hello ${user}`;
});
