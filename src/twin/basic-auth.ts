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
 * HTTP Basic (RFC 7617) with the account's token or an API key: whose credentials these are, or
 * undefined. They are public.
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
