import type { AddressOutcome, AddressRefusal, Counted } from "../guard/kv-windows.ts";
import type { Caller, VerificationDeps } from "./deps.ts";

/** A service key's address is its backend's: many people's, and none of their doing. */
export function rememberedOver(
  { windows }: VerificationDeps,
  counted: Counted,
  caller: Caller,
): AddressRefusal | undefined {
  return caller.class === "service" ? undefined : windows.remembered(counted, caller.address);
}

export async function countAddress(
  { windows }: VerificationDeps,
  counted: Counted,
  caller: Caller,
): Promise<AddressOutcome> {
  return caller.class === "service" ? { kind: "pass" } : windows.count(counted, caller.address);
}
