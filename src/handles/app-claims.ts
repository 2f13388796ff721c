import * as v from "valibot";
import { sealText, unsealText, type Keyring } from "../lib/seal.ts";

const schema = v.object({
  /** Whose service key started it. */
  clientId: v.string(),
  subject: v.optional(v.string()),
  /** Factors that the app says were passed before. */
  amr: v.array(v.string()),
  /** The hash of the canonical transaction. */
  txn: v.optional(v.string()),
  payee: v.optional(v.string()),
  amount: v.optional(v.string()),
});

/** What an app's backend has said of a verification. It may name a person, so it rests sealed. */
export type AppClaims = v.InferOutput<typeof schema>;

const label = "app-claims";

export function sealApp(app: AppClaims, nonce: string, peppers: Keyring): Promise<string> {
  return sealText(peppers, label, JSON.stringify(app), nonce);
}

export async function openApp(
  sealed: string,
  nonce: string,
  peppers: Keyring,
): Promise<AppClaims | undefined> {
  const text = await unsealText(peppers, label, sealed, nonce);
  return text === undefined ? undefined : v.parse(schema, JSON.parse(text));
}

/** What the message shows of a transaction; both or nothing. */
export interface Confirmed {
  readonly payee: string;
  readonly amount: string;
}

export function confirmedBy(app: AppClaims | undefined): Confirmed | undefined {
  const { payee, amount } = app ?? {};
  return payee === undefined || amount === undefined ? undefined : { payee, amount };
}
