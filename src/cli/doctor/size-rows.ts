import { serviceKeyNames } from "../../config/secret-names.ts";
import type { Patient } from "./patient.ts";
import { warning, type Row } from "./row.ts";

/** A variable or secret of a Worker holds 5 KB: Cloudflare refuses a longer one. */
const tellFromBytes = 4.5 * 1024;

/** Values that are about to be too long for Cloudflare. */
export function sizeRows({ values }: Pick<Patient, "values">): Row[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const bytes = Buffer.byteLength(value);
    if (bytes < tellFromBytes) return [];
    const detail = `${bytes} bytes; Cloudflare takes 5 KB (5120 bytes)`;
    return [warning({ area: "Settings", name, detail }, cureOf(name))];
  });
}

const cureOf = (name: string): string =>
  serviceKeyNames.some((each) => each === name)
    ? "Move entries to the next variable: the list goes on in SERVICE_KEYS_2, up to SERVICE_KEYS_9."
    : "Shorten it.";
