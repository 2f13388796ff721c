import { canonicalHash } from "../lib/canonical-json.ts";

/** A transaction's canonical form has at most this many bytes. */
export const maxTransactionBytes = 1024;

/**
 * The `txn` of a proof for this transaction: base64url SHA-256 of its canonical form (RFC 8785) in
 * UTF-8. Neither spaces nor the order of keys matter, and `1.0` is `1`; the texts `"1.0"` and `"1"`
 * differ, so write amounts in one way. Throws a `TypeError` that names the place where the object
 * has no canonical form (`canonicalJson`) or that it is too long; it repeats no value.
 */
export async function transactionHash(
  transaction: Readonly<Record<string, unknown>>,
): Promise<string> {
  if (typeof transaction !== "object" || transaction === null || Array.isArray(transaction))
    throw new TypeError("transaction must be an object");
  const outcome = await canonicalHash(transaction, maxTransactionBytes);
  if (outcome.kind === "ok") return outcome.hash;
  const place = ["transaction", outcome.path].filter((part) => part !== "").join(".");
  throw new TypeError(`${place} ${outcome.message}`);
}
