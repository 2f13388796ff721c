import { canonicalHash } from "../lib/canonical-json.ts";

/** Longest canonical form of a transaction, in bytes. */
export const maxTransactionBytes = 1024;

/**
 * Returns the `txn` claim of a proof for this transaction: the base64url SHA-256 of its canonical
 * form (RFC 8785) in UTF-8. Spaces and the order of keys do not matter, and the number `1.0` equals
 * `1`. The texts `"1.0"` and `"1"` differ, so write amounts always in the same way. Throws a
 * `TypeError` that names the place if the object has no canonical form or is longer than 1 KiB. The
 * message repeats no value.
 *
 *     await transactionHash({ payee: "ACME GmbH", amount: "42.00" });
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
