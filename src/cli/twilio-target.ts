/** The server that the Worker calls as Twilio. */
export type TwilioTarget =
  /** The twin that `npm start` runs, as `.dev.vars` names it. */
  | { readonly kind: "twin" }
  /** The twin that `npm start` runs, although `.dev.vars` names another local address. */
  | { readonly kind: "twin_instead"; readonly baseUrl: string; readonly configured: string }
  /** Another address. Only its origin is shown, because the rest may hold secrets. */
  | { readonly kind: "elsewhere"; readonly configured: string; readonly local: boolean }
  | { readonly kind: "twilio" };

/**
 * Decides by `TWILIO_BASE_URL` of `.dev.vars`. If the operator set TWIN_PORT, it overrides another
 * local address there, because both mean a twin. It never overrides any other address.
 */
export function judgeTwilioTarget(
  baseUrl: string | undefined,
  twinPort: number,
  twinPortIsChosen: boolean,
): TwilioTarget {
  if (baseUrl === undefined) return { kind: "twilio" };
  const url = URL.parse(baseUrl);
  if (url === null)
    return { kind: "elsewhere", configured: "an address it cannot read", local: false };
  const configured = url.origin;
  const local = isLoopback(url.hostname);
  const isTwin = ["127.0.0.1", "localhost"].includes(url.hostname) && url.port === `${twinPort}`;
  if (isTwin && url.protocol === "http:") return { kind: "twin" };
  return local && twinPortIsChosen
    ? { kind: "twin_instead", baseUrl: `http://127.0.0.1:${twinPort}`, configured }
    : { kind: "elsewhere", configured, local };
}

const isLoopback = (hostname: string): boolean =>
  hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
