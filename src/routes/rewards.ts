import type { Context } from "hono";
import type { SessionTokens } from "../contract/sessions.ts";
import type { Purpose } from "../contract/words.ts";
import type { AppEnv } from "../http/app-env.ts";
import type { AccessClaims } from "../session/access-token.ts";
import { deviceName } from "../session/device-name.ts";
import { proofLifetimeSeconds, signProof } from "../session/proof-token.ts";
import {
  openSession,
  raiseSession,
  discardSession,
  type RaisedSession,
} from "../session/session.ts";
import { askSessionHook } from "../session/session-hook.ts";
import type { Proven, Reward } from "../verification/outcomes.ts";
import { sealProofId } from "../handles/verification-id.ts";
import { sealSubject } from "../handles/subject.ts";
import type { LedgerAddress } from "../ledger/address.ts";
import { depsOf } from "./verification-deps.ts";
import { sessionDepsOf } from "./session-deps.ts";

/** What the caller gets for a right code. The purpose decides. */
export type Earned =
  | { readonly kind: "session"; readonly tokens: SessionTokens }
  | Extract<RaisedSession, { kind: "raised" }>
  | { readonly kind: "proof"; readonly proof_token: string; readonly expires_in: number };

/**
 * Returns the reward of each purpose. `access` has the claims of the request's access token, if
 * any.
 */
export function rewardsOf(
  c: Context<AppEnv>,
  access: AccessClaims | undefined,
): (purpose: Purpose) => Reward<Earned> {
  return (purpose) => {
    switch (purpose) {
      case "sign_in":
        return sessionReward(c);
      case "step_up":
        return stepUpReward(c, access);
      case "two_factor":
      case "transaction":
        return proofReward(c, purpose);
    }
  };
}

/** A new session. Device and country help the user to recognise it in the list. */
function sessionReward(c: Context<AppEnv>): Reward<Earned> {
  const { config, runtime } = c.var;
  const deps = sessionDepsOf(c);
  const device = deviceName(c.req.header("User-Agent"));
  const country = countryOf(c.req.raw);
  return {
    grant: async ({ to, channel, handle: { ledger }, app, testUntilMs }) => {
      const { clientId: client_id, subject: named, amr } = app ?? {};
      const test = testUntilMs === undefined ? undefined : true;
      const about = { phone_number: to, channel, client_id, subject: named, amr, test };
      const verdict = await askSessionHook(runtime, config.hooks, about);
      if (verdict.kind === "not_allowed") return verdict;
      const { subject, extraClaims } = verdict;
      const by = { app, subject, extraClaims, testUntilMs };
      const signIn = { to, channel, ledger, device, country, ...by };
      const opened = await openSession(deps, signIn);
      if (opened.kind !== "opened") return opened;
      if (config.hooks.beforeSession !== undefined && testUntilMs === undefined)
        noteSubjectOf(c, ledger, opened.tokens.subject);
      return { kind: "granted", earned: { kind: "session", tokens: opened.tokens } };
    },
    // The hook is asked after the approval is stored, so no session has to be taken back.
    ...(config.hooks.beforeSession === undefined && {
      takeBack: async (earned: Earned) => {
        if (earned.kind === "session") await discardSession(deps, earned.tokens);
      },
    }),
  };
}

/** In the background: the ledger could not know the subject when it judged the code. */
function noteSubjectOf(c: Context<AppEnv>, address: LedgerAddress, subject: string): void {
  const { config, runtime } = c.var;
  const note = async () => {
    const ledger = depsOf(c).ledgerAt(address);
    await ledger.call("recordSubject", await sealSubject(subject, config));
  };
  runtime.background("store.failed", note());
}

/**
 * The caller's session with a new `auth_time`. The ledger has checked that the session is the
 * caller's.
 */
function stepUpReward(c: Context<AppEnv>, access: AccessClaims | undefined): Reward<Earned> {
  return {
    grant: async ({ channel, testUntilMs }) => {
      if (access === undefined) return { kind: "session_ended" };
      const raised = await raiseSession(sessionDepsOf(c), access, { channel, testUntilMs });
      if (raised.kind === "not_live") return { kind: "session_ended" };
      return raised.kind === "raised" ? { kind: "granted", earned: raised } : raised;
    },
  };
}

/** A proof for the backend that started the verification. */
function proofReward(c: Context<AppEnv>, purpose: "two_factor" | "transaction"): Reward<Earned> {
  const { config, runtime } = c.var;
  return {
    grant: async ({ to, channel, handle, app, testUntilMs }: Proven) => {
      if (app === undefined) throw new Error("a proof without a backend that started it");
      const jti = await sealProofId(handle, config.peppers);
      const by = { ...sessionDepsOf(c).issuer, subjectKey: config.subjectKey };
      const proof = { jti, to, channel, purpose, app, isTest: testUntilMs !== undefined };
      const proof_token = await signProof(proof, by, runtime.now());
      const earned = { kind: "proof", proof_token, expires_in: proofLifetimeSeconds } as const;
      return { kind: "granted", earned };
    },
  };
}

/** Returns the country of the caller's address, as Cloudflare knows it. `T1` (Tor) is left out. */
function countryOf({ cf }: Request): string | undefined {
  const country = cf?.country;
  return typeof country === "string" && /^[A-Z]{2}$/.test(country) ? country : undefined;
}
