import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { parse } from "smol-toml";
import * as v from "valibot";
import { createSigningJwk } from "../../src/cli/keys.ts";
import { twilioScript } from "./workers.ts";

const compatibilityDate = "2026-10-23";
const randomKey = (): string => randomBytes(32).toString("base64url");

const accountSid = `AC${"a".repeat(32)}`;

/** Settings of production: no twin, and every limit on but too high to be reached. */
async function settings(engine: "verify" | "messaging"): Promise<Record<string, string>> {
  return {
    ISSUER: "https://auth.example.com",
    ALLOWED_COUNTRIES: "US",
    TWILIO_ACCOUNT_SID: accountSid,
    TWILIO_AUTH_TOKEN: "b".repeat(32),
    SUBJECT_KEY: randomKey(),
    PEPPERS: `1:${randomKey()}`,
    SIGNING_KEYS: JSON.stringify({ keys: [await createSigningJwk("ES256")] }),
    LIMIT_SEND_TOTAL: "100000/1d",
    // All numbers share a few prefixes, and two runs may follow within a day.
    GUARD_RECORD: "on",
    OTP_ENGINE: engine,
    ...(engine === "verify"
      ? { TWILIO_VERIFY_SERVICE_SID: `VA${"0".repeat(32)}` }
      : { TWILIO_FROM: "+12015550193" }),
  };
}

export interface Running {
  readonly url: URL;
  /** Sets how long Twilio takes to answer, in milliseconds. */
  readonly delayTwilio: (milliseconds: number) => Promise<void>;
  /** The code that engine `messaging` sent to the number last. */
  readonly codeFor: (to: string) => Promise<string>;
  readonly stop: () => Promise<void>;
}

interface BenchedWorker {
  readonly script: string;
  readonly bindings?: Record<string, string>;
  readonly kvNamespaces?: string[];
  readonly durableObjects?: Record<string, { className: string; useSQLite: boolean }>;
}

/** A Worker in its own workerd, with a Twilio stub that only this Worker reaches. */
async function runWorker(worker: BenchedWorker): Promise<Running> {
  const direct = { compatibilityDate, modules: true as const, unsafeDirectSockets: [{ port: 0 }] };
  const options = convertV4MiniflareOptions({
    workers: [
      { ...direct, name: "worker", outboundService: "twilio", ...worker },
      { ...direct, name: "twilio", script: twilioScript },
    ],
    // The log is written as in production, and discarded.
    handleStructuredLogs: () => undefined,
  });
  const miniflare = new Miniflare(options);
  await miniflare.ready;
  const url = await miniflare.unsafeGetDirectURL("worker");
  const twilio = await miniflare.unsafeGetDirectURL("twilio");
  const ask = async (path: string) => (await fetch(new URL(path, twilio))).text();
  return {
    url,
    delayTwilio: async (milliseconds) => void (await ask(`/delay?ms=${milliseconds}`)),
    codeFor: (to) => ask(`/code?to=${encodeURIComponent(to)}`),
    stop: () => miniflare.dispose(),
  };
}

const binding = v.object({ name: v.string(), class_name: v.string() });
const manifest = v.object({ durable_objects: v.object({ bindings: v.array(binding) }) });

/** The Durable Objects of `wrangler.toml`. */
async function durableObjects(): Promise<NonNullable<BenchedWorker["durableObjects"]>> {
  const text = await readFile(join(import.meta.dirname, "../../wrangler.toml"), "utf8");
  const { durable_objects } = v.parse(manifest, parse(text));
  const entries = durable_objects.bindings.map(
    ({ name, class_name: className }) => [name, { className, useSQLite: true }] as const,
  );
  return Object.fromEntries(entries);
}

export const runScript = (script: string): Promise<Running> => runWorker({ script });

/** Starts the production bundle with its stores. They are deleted after the run. */
export async function runPhonegate(
  script: string,
  engine: "verify" | "messaging",
): Promise<Running> {
  return runWorker({
    script,
    bindings: await settings(engine),
    kvNamespaces: ["LIMITS"],
    durableObjects: await durableObjects(),
  });
}
