import type { NetworkHost } from "./network-host.ts";
import type { TwilioTarget } from "./twilio-target.ts";

interface Start {
  readonly workerPort: number;
  readonly network: NetworkHost | undefined;
  readonly target: TwilioTarget;
  /** As `.dev.vars` has them. */
  readonly issuer: string | undefined;
  readonly allowedOrigins: string | undefined;
}

/** Arguments for wrangler: the settings that a start lays over those of `.dev.vars`. */
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

/** `localhost` and `127.0.0.1` would be two issuers. Against Twilio itself it must be set: https. */
function issuerOf({ workerPort, target, issuer }: Start): string | undefined {
  if (issuer !== undefined || target.kind === "twilio") return undefined;
  return `http://127.0.0.1:${workerPort}`;
}

/**
 * The Worker's address in the network is listed: its pages may call. The issuer stays on loopback,
 * where backends fetch the keys and the twin sends its callbacks.
 */
function originsOf({ workerPort, network, allowedOrigins }: Start): string | undefined {
  if (network === undefined) return undefined;
  const listed = allowedOrigins?.split(",").map((origin) => origin.trim()) ?? [];
  return [...new Set([...listed, `http://${network.address}:${workerPort}`])].join(",");
}
