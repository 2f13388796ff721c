import {
  TWIN_ACCOUNT_SID,
  TWIN_API_KEY_SECRET,
  TWIN_API_KEY_SID,
  TWIN_AUTH_TOKEN,
} from "./seed.ts";

const ACCEPTED = new Set([
  `${TWIN_ACCOUNT_SID}:${TWIN_AUTH_TOKEN}`,
  `${TWIN_API_KEY_SID}:${TWIN_API_KEY_SECRET}`,
]);

/**
 * Returns the user name of HTTP Basic credentials (RFC 7617) if they are the twin's account token
 * or API key, otherwise undefined. The twin's credentials are public.
 */
export function authenticatedAs(header: string | undefined): string | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(header ?? "")?.[1];
  if (encoded === undefined) return undefined;
  try {
    const credentials = atob(encoded);
    return ACCEPTED.has(credentials) ? credentials.split(":")[0] : undefined;
  } catch {
    return undefined;
  }
}
