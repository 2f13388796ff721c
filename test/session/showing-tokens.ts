import { createLocalJWKSet, jwtVerify, type JSONWebKeySet, type JWTPayload } from "jose";
import { interceptedBindings } from "../helpers/recorder.ts";
import { bearer, type Session } from "../helpers/session.ts";
import { createWorld, type World } from "../helpers/world.ts";

export const currentOf = (world: World, token: string): Promise<Response> =>
  world.send("/v1/sessions/current", { headers: bearer({ access_token: token }) });

export const refreshOf = (world: World, refresh_token: unknown): Promise<Response> =>
  world.post("/v1/sessions/refresh", { refresh_token });

/** Refreshes and returns the tokens. The refresh must succeed. */
export async function refreshed(world: World, token: string): Promise<Session> {
  const answer = await refreshOf(world, token);
  if (answer.status !== 200) throw new Error(`not refreshed: ${await answer.text()}`);
  return answer.json();
}

export const keySetOf = async (world: World): Promise<JSONWebKeySet> =>
  (await world.send("/.well-known/jwks.json")).json();

/** Verifies as a backend that has only our key set. */
export async function verifyOffline(token: string, keySet: JSONWebKeySet): Promise<JWTPayload> {
  const options = {
    typ: "at+jwt",
    algorithms: ["ES256", "EdDSA", "RS256"],
    currentDate: new Date(),
  };
  return (await jwtVerify(token, createLocalJWKSet(keySet), options)).payload;
}

/** A world and the names of the calls to its stores, in order. */
export async function watchedWorld(env: Record<string, unknown> = {}) {
  const asked: string[] = [];
  const bindings = interceptedBindings(({ name, run }) => {
    asked.push(name);
    return run();
  });
  const world = await createWorld({ env: { ...bindings, ...env } });
  return { world, asked };
}

/** The answer, its headers and the log, where no part of a refused token may occur. */
export async function tracesOf(world: World, answer: Response): Promise<string> {
  return [await answer.clone().text(), ...answer.headers.values(), ...world.lines].join("\n");
}

/** Parts of a token that do not occur by chance. */
export const partsOf = (token: string): string[] =>
  token.split(/[.\s,]/).filter((part) => part.length >= 8);
