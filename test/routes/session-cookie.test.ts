import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { refreshedSession } from "../../src/contract/sessions.ts";
import { approvedVerification } from "../../src/contract/verifications.ts";
import { judgementsAskedFor } from "../helpers/racing.ts";
import { problem } from "../helpers/problem.ts";
import { bearer, signIn } from "../helpers/session.ts";
import { createWorld, start, workerOrigin, type World } from "../helpers/world.ts";

const to = "+12015550123";
const app = "https://app.example.com";
const sameSite = { "Sec-Fetch-Site": "same-site", Origin: app };

const createSite = () => createWorld({ env: { ALLOWED_ORIGINS: app } });

/** The cookie's value and its attributes, in their order. */
function cookieOf(answer: Response): { value: string; attributes: string[] } {
  const [pair = "", ...attributes] = (answer.headers.get("Set-Cookie") ?? "").split("; ");
  const [name, value = ""] = pair.split("=");
  expect(name).toBe("__Host-phonegate");
  return { value, attributes: attributes.toSorted() };
}

async function signInByCookie(world: World, number = to) {
  const { id, code } = await start(world, number);
  const body = { code, transport: "cookie" };
  const answer = await world.post(`/v1/verifications/${id}/check`, body, sameSite);
  expect(answer.status).toBe(200);
  const session = v.parse(approvedVerification, await answer.clone().json());
  return { answer, session, cookie: cookieOf(answer) };
}

const refresh = (world: World, value: string, headers: Record<string, string> = sameSite) =>
  world.send("/v1/sessions/refresh", {
    method: "POST",
    headers: { Cookie: `theme=dark; __Host-phonegate=${value}`, ...headers },
  });

/** A page that has an access token in its memory, while its browser has a cookie. */
const signOutBeside = (
  world: World,
  path: string,
  session: { access_token: string },
  value: string,
  headers: Record<string, string> = sameSite,
) =>
  world.send(path, {
    method: "DELETE",
    headers: { Cookie: `__Host-phonegate=${value}`, ...bearer(session), ...headers },
  });

describe("transport by cookie", () => {
  it("puts the refresh token into a cookie that no script can read, and not into the body", async () => {
    const world = await createSite();
    const { session, cookie, answer } = await signInByCookie(world);
    expect(session.refresh_token).toBeUndefined();
    expect(cookie.value).toMatch(/^rt_[\w-]+$/);
    expect(cookie.attributes).toEqual([
      "HttpOnly",
      `Max-Age=${7 * 86_400}`,
      "Path=/",
      "SameSite=Lax",
      "Secure",
    ]);
    expect(answer.headers.get("Access-Control-Allow-Credentials")).toBe("true");
    expect(answer.headers.get("Access-Control-Allow-Origin")).toBe(app);
  });

  it("sets no cookie if the request does not ask for it", async () => {
    const world = await createSite();
    const { id, code } = await start(world, to);
    const answer = await world.post(`/v1/verifications/${id}/check`, { code }, sameSite);
    expect(answer.headers.get("Set-Cookie")).toBeNull();
    expect(v.parse(approvedVerification, await answer.json()).refresh_token).toMatch(/^rt_/);
  });

  it("continues by cookie: each refresh sets the next cookie, and the body has no refresh token", async () => {
    const world = await createSite();
    const { cookie, session } = await signInByCookie(world);
    const answer = await refresh(world, cookie.value);
    const next = v.parse(refreshedSession, await answer.clone().json());
    expect(next).toMatchObject({ session_id: session.session_id });
    expect(next.refresh_token).toBeUndefined();
    expect(cookieOf(answer).value).not.toBe(cookie.value);
    expect((await refresh(world, cookieOf(answer).value)).status).toBe(200);
  });

  it("is refused before the code is used up if the browser would not keep the cookie", async () => {
    const world = await createSite();
    const { id, code } = await start(world, to);
    const path = `/v1/verifications/${id}/check`;
    const body = { code, transport: "cookie" };
    for (const headers of [{ "Sec-Fetch-Site": "cross-site", Origin: app }, {}]) {
      const answer = await world.post(path, body, headers);
      expect(await problem(answer)).toMatchObject({ status: 403, code: "origin_not_allowed" });
    }
    expect(judgementsAskedFor(world)).toHaveLength(0);
    expect((await world.post(path, body, sameSite)).status).toBe(200);
  });
});

describe("a cookie-borne request", () => {
  it.each([
    ["from a page of the same origin", { "Sec-Fetch-Site": "same-origin" }],
    ["from a listed page of the same site", sameSite],
    ["from an older browser, by its origin", { Origin: app }],
    ["from the Worker's own page in an older browser", { Origin: workerOrigin }],
  ])("%s passes", async (_, headers) => {
    const world = await createSite();
    const { cookie } = await signInByCookie(world);
    const answer = await refresh(world, cookie.value, headers);
    expect(answer.status).toBe(200);
  });

  it.each([
    ["from another site", { "Sec-Fetch-Site": "cross-site" }],
    ["from another site that is listed", { "Sec-Fetch-Site": "cross-site", Origin: app }],
    ["from a bookmark or an address bar", { "Sec-Fetch-Site": "none" }],
    ["from a page of the same site that is not listed", { ...sameSite, Origin: `${app}:8443` }],
    ["that names neither site nor origin", {}],
    ["with an unknown word for its site", { "Sec-Fetch-Site": "same", Origin: app }],
    ["from an opaque origin", { "Sec-Fetch-Site": "same-origin", Origin: "null" }],
  ])("%s is 403 and spends nothing", async (_, headers) => {
    const world = await createSite();
    const { cookie, session } = await signInByCookie(world);
    const answer = await refresh(world, cookie.value, headers);
    expect(await problem(answer)).toMatchObject({ status: 403, code: "origin_not_allowed" });
    expect(answer.headers.get("Set-Cookie")).toBeNull();
    const signOut = await world.send("/v1/sessions/current", {
      method: "DELETE",
      headers: { Cookie: `__Host-phonegate=${cookie.value}`, ...headers },
    });
    expect(signOut.status).toBe(403);
    expect((await refresh(world, cookie.value)).status).toBe(200);
    const current = await world.send("/v1/sessions/current", { headers: bearer(session) });
    expect(current.status).toBe(200);
  });

  it("with two cookies of this name is 400 and spends neither", async () => {
    const world = await createSite();
    const [one, two] = [await signInByCookie(world), await signInByCookie(world, "+12015550124")];
    const twice = `__Host-phonegate=${one.cookie.value}; __Host-phonegate=${two.cookie.value}`;
    const answer = await refresh(world, "", { Cookie: twice, ...sameSite });
    expect(await problem(answer)).toMatchObject({ status: 400, errors: [{ path: "Cookie" }] });
    for (const { cookie } of [one, two])
      expect((await refresh(world, cookie.value)).status).toBe(200);
  });

  it("with an invalid cookie is 401 and clears the cookie", async () => {
    const world = await createSite();
    const answer = await refresh(world, "rt_AAAA");
    expect(await problem(answer)).toMatchObject({ status: 401, code: "invalid_token" });
    expect(cookieOf(answer)).toMatchObject({ value: "" });
    expect(cookieOf(answer).attributes).toContain("Max-Age=0");
  });

  it("with a token in the body uses the body's token, and answers in the body", async () => {
    const world = await createSite();
    const { cookie } = await signInByCookie(world);
    const other = await signIn(world, "+12015550124");
    const body = { refresh_token: other.refresh_token };
    const headers = { Cookie: `__Host-phonegate=${cookie.value}`, ...sameSite };
    const answer = await world.post("/v1/sessions/refresh", body, headers);
    const next = v.parse(refreshedSession, await answer.json());
    expect(next).toMatchObject({
      session_id: other.session_id,
      refresh_token: expect.stringMatching(/^rt_/),
    });
    expect(answer.headers.get("Set-Cookie")).toBeNull();
  });

  it("ignores a cookie of a similar name", async () => {
    const world = await createSite();
    const { cookie } = await signInByCookie(world);
    for (const name of [
      "phonegate",
      "__host-phonegate",
      "__Secure-phonegate",
      "__Host-phonegate2",
    ]) {
      const headers = { Cookie: `${name}=${cookie.value}`, ...sameSite };
      const answer = await world.send("/v1/sessions/refresh", { method: "POST", headers });
      expect(answer.status, name).toBe(401);
      expect(answer.headers.get("Set-Cookie")).toBeNull();
    }
  });

  it("signs out a page that has only the cookie, and clears the cookie", async () => {
    const world = await createSite();
    const { cookie, session } = await signInByCookie(world);
    const answer = await world.send("/v1/sessions/current", {
      method: "DELETE",
      headers: { Cookie: `__Host-phonegate=${cookie.value}`, ...sameSite },
    });
    expect(answer.status).toBe(204);
    expect(cookieOf(answer).attributes).toContain("Max-Age=0");
    expect((await refresh(world, cookie.value)).status).toBe(401);
    const current = await world.send("/v1/sessions/current", { headers: bearer(session) });
    expect(current.status).toBe(401);
  });

  it.each(["/v1/sessions/current", "/v1/sessions", "its id"])(
    "is cleared by its own session's token at DELETE %s",
    async (place) => {
      const world = await createSite();
      const { cookie, session } = await signInByCookie(world);
      const path = place === "its id" ? `/v1/sessions/${session.session_id}` : place;
      const answer = await signOutBeside(world, path, session, cookie.value);
      expect(answer.status).toBe(204);
      expect(cookieOf(answer).attributes).toContain("Max-Age=0");
      expect((await refresh(world, cookie.value)).status).toBe(401);
    },
  );

  it.each(["/v1/sessions/current", "/v1/sessions", "its id"])(
    "stays if another session's token ends that other session at DELETE %s",
    async (place) => {
      const world = await createSite();
      const { cookie } = await signInByCookie(world);
      const other = await signIn(world, "+12015550124");
      const path = place === "its id" ? `/v1/sessions/${other.session_id}` : place;
      const answer = await signOutBeside(world, path, other, cookie.value);
      expect(answer.status).toBe(204);
      expect(answer.headers.get("Set-Cookie")).toBeNull();
      expect((await refresh(world, cookie.value)).status).toBe(200);
    },
  );

  it("stays if another site's page sends it, although the token ends its session", async () => {
    const world = await createSite();
    const { cookie, session } = await signInByCookie(world);
    const foreign = { "Sec-Fetch-Site": "cross-site" };
    const path = "/v1/sessions/current";
    const answer = await signOutBeside(world, path, session, cookie.value, foreign);
    expect(answer.status).toBe(204);
    expect(answer.headers.get("Set-Cookie")).toBeNull();
    expect((await refresh(world, cookie.value)).status).toBe(401);
  });

  it.each(["/v1/sessions", "/v1/sessions/current"])(
    "cannot read %s: that needs the access token",
    async (path) => {
      const world = await createSite();
      const { cookie } = await signInByCookie(world);
      const headers = { Cookie: `__Host-phonegate=${cookie.value}`, ...sameSite };
      expect((await world.send(path, { headers })).status).toBe(401);
    },
  );

  it("cannot sign out everywhere: that needs the access token", async () => {
    const world = await createSite();
    const { cookie, session } = await signInByCookie(world);
    const headers = { Cookie: `__Host-phonegate=${cookie.value}`, ...sameSite };
    const answer = await world.send("/v1/sessions", { method: "DELETE", headers });
    expect(answer.status).toBe(401);
    const current = await world.send("/v1/sessions/current", { headers: bearer(session) });
    expect(current.status).toBe(200);
  });
});
