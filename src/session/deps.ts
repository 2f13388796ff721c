import type { CountryCode } from "libphonenumber-js/max";
import type { TokenClaims } from "../config/token-claims.ts";
import type { Keyring } from "../lib/seal.ts";
import type { Runtime } from "../runtime.ts";
import type { TokenIssuer } from "./own-key.ts";
import type { SessionLifetimes } from "./refresh.ts";
import type { SubjectSessionsClient } from "./subject-sessions.ts";

/** What the use cases of sessions work with. */
export interface SessionDeps {
  readonly issuer: TokenIssuer;
  readonly clientId: string;
  readonly tokenClaims: TokenClaims;
  readonly accessTokenLifetimeSeconds: number;
  readonly lifetimes: SessionLifetimes;
  readonly subjectKey: Uint8Array<ArrayBuffer>;
  readonly peppers: Keyring;
  readonly runtime: Runtime;
  /** The object of that name; a new one lives near the country. */
  readonly sessionsAt: (name: string, country?: CountryCode) => SubjectSessionsClient;
}
