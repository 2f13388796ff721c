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

/** A deployment in production: no twin, every limit on but out of the way. */
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
    // All of its numbers are of a few prefixes, and nobody waits a day between two runs.
    GUARD_RECORD: "on",
    OTP_ENGINE: engine,
    ...(engine === "verify"
      ? { TWILIO_VERIFY_SERVICE_SID: `VA${"0".repeat(32)}` }
      : { TWILIO_FROM: "+12015550193" }),
  };
}

export interface Running {
  readonly url: URL;
  /** Sets how long Twilio takes. */
  readonly delayTwilio: (milliseconds: number) => Promise<void>;
  /** The code that was sent to the number last, of engine `messaging`. */
  readonly codeFor: (to: string) => Promise<string>;
  readonly stop: () => Promise<void>;
}

interface BenchedWorker {
  readonly script: string;
  readonly bindings?: Record<string, string>;
  readonly kvNamespaces?: string[];
  readonly durableObjects?: Record<string, { className: string; useSQLite: boolean }>;
}

/** A Worker in a workerd of its own, with a Twilio that only it can reach. */
async function runWorker(worker: BenchedWorker): Promise<Running> {
  const direct = { compatibilityDate, modules: true as const, unsafeDirectSockets: [{ port: 0 }] };
  const options = convertV4MiniflareOptions({
    workers: [
      { ...direct, name: "worker", outboundService: "twilio", ...worker },
      { ...direct, name: "twilio", script: twilioScript },
    ],
    // Lines of the log are written, as in production, and read by nobody.
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

/** The objects of `wrangler.toml`, which names the classes that the bundle exports. */
async function durableObjects(): Promise<NonNullable<BenchedWorker["durableObjects"]>> {
  const text = await readFile(join(import.meta.dirname, "../../wrangler.toml"), "utf8");
  const { durable_objects } = v.parse(manifest, parse(text));
  const entries = durable_objects.bindings.map(
    ({ name, class_name: className }) => [name, { className, useSQLite: true }] as const,
  );
  return Object.fromEntries(entries);
}

export const runScript = (script: string): Promise<Running> => runWorker({ script });

/** The production bundle with its stores. Nothing is kept after the run. */
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
