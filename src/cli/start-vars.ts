import type { NetworkHost } from "./network-host.ts";
import type { TwilioTarget } from "./twilio-target.ts";

interface Start {
  readonly workerPort: number;
  readonly network: NetworkHost | undefined;
  readonly target: TwilioTarget;
  /** The value in `.dev.vars`. */
  readonly issuer: string | undefined;
  readonly allowedOrigins: string | undefined;
}

/** Returns wrangler's arguments with the settings that override `.dev.vars`. */
export function startVars(start: Start): string[] {
  const { target } = start;
  const vars = {
    DEMO: "on",
    ISSUER: issuerOf(start),
    ALLOWED_ORIGINS: originsOf(start),
    TWILIO_BASE_URL: target.kind === "twin_instead" ? target.baseUrl : undefined,
  };
  return Object.entries(vars).flatMap(([name, value]) =>
    value === undefined ? [] : ["--var", `${name}:${value}`],
  );
}

/**
 * Sets ISSUER, because `localhost` and `127.0.0.1` would be two issuers. With the real Twilio the
 * operator must set an https origin.
 */
function issuerOf({ workerPort, target, issuer }: Start): string | undefined {
  if (issuer !== undefined || target.kind === "twilio") return undefined;
  return `http://127.0.0.1:${workerPort}`;
}

/**
 * Adds the Worker's network address to the allowed origins, so that pages from there may call it.
 * The issuer stays on loopback, where backends fetch the keys and the twin sends its callbacks.
 */
function originsOf({ workerPort, network, allowedOrigins }: Start): string | undefined {
  if (network === undefined) return undefined;
  const listed = allowedOrigins?.split(",").map((origin) => origin.trim()) ?? [];
  return [...new Set([...listed, `http://${network.address}:${workerPort}`])].join(",");
}
