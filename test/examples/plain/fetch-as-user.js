const signIn = document.querySelector("phonegate-sign-in");

/** Calls `fetch` with the user's token. After a 401, the user enters a code and the call is repeated. */
export async function fetchAsUser(url, init = {}) {
  const token = await signIn.client.accessToken().catch(() => undefined);
  const own = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const answer = await fetch(url, { ...init, headers: { ...init.headers, ...own } });
  if (answer.status !== 401) return answer;
  const why = answer.headers.get("WWW-Authenticate") ?? "";
  const isTooOld = why.includes("insufficient_user_authentication");
  signIn.setAttribute("purpose", isTooOld ? "step_up" : "sign_in");
  signIn.reset();
  await new Promise((done) => signIn.addEventListener("phonegate-session", done, { once: true }));
  return fetchAsUser(url, init);
}
