const signIn = document.querySelector("phonegate-sign-in");
const post = async (path, body) =>
  (await fetch(path, { method: "POST", body: JSON.stringify(body) })).json();

document.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const typed = Object.fromEntries(new FormData(event.target));
  const { login, verification_id } = await post("/login", typed);
  signIn.setAttribute("verification", verification_id); // now it asks for the code
  signIn.hidden = false;
  signIn.addEventListener("phonegate-proof", async ({ detail: { proof_token } }) => {
    const { user } = await post("/login/finish", { login, proof_token });
    document.querySelector("#who").textContent = `Hello ${user}`;
  });
});
