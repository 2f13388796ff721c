import { createWorld, type World } from "./world.ts";

/** Returns a service key in the format of `npm run keys`, and its entry for `SERVICE_KEYS`. */
export async function serviceKey(
  clientId: string,
  purposes: readonly string[],
  key: string,
  scopes?: readonly string[],
) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  const bytes = Array.from(new Uint8Array(digest));
  const sha256 = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return { key, entry: { client_id: clientId, sha256, purposes, ...(scopes && { scopes }) } };
}

export const allPurposes = "sign_in,step_up,two_factor,transaction";
export const shopKey = `sk_${"s".repeat(43)}`;
export const bankKey = `sk_${"b".repeat(43)}`;
const backendPurposes = ["sign_in", "two_factor", "transaction"];

/**
 * A world with the backends of two apps: a shop for second factors, and a bank for all purposes.
 */
export async function createBackendWorld(
  env: Record<string, unknown> = {},
  more: Omit<Parameters<typeof createWorld>[0] & object, "env"> = {},
): Promise<World> {
  const shop = await serviceKey("shop", ["two_factor"], shopKey);
  const bank = await serviceKey("bank", backendPurposes, bankKey);
  const SERVICE_KEYS = JSON.stringify([shop.entry, bank.entry]);
  return createWorld({ ...more, env: { PURPOSES: allPurposes, SERVICE_KEYS, ...env } });
}

export const asBackend = (key: string): Record<string, string> => ({
  Authorization: `Bearer ${key}`,
});

export interface Started {
  readonly id: string;
  readonly code: string;
}

/** Starts a verification as a backend. Returns it with the code from the phone. */
export async function startAs(
  world: World,
  key: string,
  body: { readonly to: string } & Record<string, unknown>,
): Promise<Started> {
  const answer = await world.post("/v1/verifications", body, asBackend(key));
  const { id } = await answer.clone().json<{ id?: string }>();
  if (answer.status !== 201 || id === undefined)
    throw new Error(`not started: ${await answer.text()}`);
  const [newest] = await world.inbox(body.to);
  if (newest === undefined) throw new Error("no message arrived");
  return { id, code: newest.code };
}

/** Checks a code as a frontend does, which has the id and no service key. */
export const checkAs = (world: World, { id, code }: Started, headers = {}) =>
  world.post(`/v1/verifications/${id}/check`, { code }, headers);

export const consumeAs = (world: World, key: string, proof_token: string) =>
  world.post("/v1/proofs/consume", { proof_token }, asBackend(key));
