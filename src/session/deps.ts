import type { CountryCode } from "libphonenumber-js/max";
import type { TokenClaims } from "../config/token-claims.ts";
import type { Keyring } from "../lib/seal.ts";
import type { Runtime } from "../runtime.ts";
import type { TokenIssuer } from "./own-key.ts";
import type { SessionLifetimes } from "./refresh.ts";
import type { SubjectSessionsClient } from "./subject-sessions.ts";

/** What the use cases of sessions depend on. */
export interface SessionDeps {
  readonly issuer: TokenIssuer;
  readonly clientId: string;
  readonly tokenClaims: TokenClaims;
  readonly accessTokenLifetimeSeconds: number;
  readonly lifetimes: SessionLifetimes;
  readonly subjectKey: Uint8Array<ArrayBuffer>;
  readonly peppers: Keyring;
  /** Whether the app's backend gets events. */
  readonly hasEvents: boolean;
  readonly runtime: Runtime;
  /** Returns the client of the object with that name. A new object is created near the country. */
  readonly sessionsAt: (name: string, country?: CountryCode) => SubjectSessionsClient;
}
