import * as v from "valibot";
import { sealText, unsealText, type Keyring } from "../lib/seal.ts";

const schema = v.object({
  /** The client of the service key that started the verification. */
  clientId: v.string(),
  subject: v.optional(v.string()),
  /** Authentication methods (RFC 8176) that the user passed before, as the app says. */
  amr: v.array(v.string()),
  /** The hash of the canonical transaction. */
  txn: v.optional(v.string()),
  payee: v.optional(v.string()),
  amount: v.optional(v.string()),
});

/** What an app's backend told about a verification. It may name the user, so it is stored sealed. */
export type AppClaims = v.InferOutput<typeof schema>;

const label = "app-claims";

/** Seals the claims. Only the verification with this nonce can open them. */
export function sealAppClaims(app: AppClaims, nonce: string, peppers: Keyring): Promise<string> {
  return sealText(peppers, label, JSON.stringify(app), nonce);
}

/** Opens sealed claims. Returns undefined if their pepper was removed. */
export async function openAppClaims(
  sealed: string,
  nonce: string,
  peppers: Keyring,
): Promise<AppClaims | undefined> {
  const text = await unsealText(peppers, label, sealed, nonce);
  return text === undefined ? undefined : v.parse(schema, JSON.parse(text));
}

/** What the message shows of a transaction. */
export interface ConfirmedTransaction {
  readonly payee: string;
  readonly amount: string;
}

/** Returns payee and amount if the app gave both, otherwise undefined. */
export function confirmedTransaction(app: AppClaims | undefined): ConfirmedTransaction | undefined {
  const { payee, amount } = app ?? {};
  return payee === undefined || amount === undefined ? undefined : { payee, amount };
}
