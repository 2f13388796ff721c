import * as v from "valibot";
import type { Config } from "../../config.ts";
import { rsaModulusBits } from "../../lib/rsa-modulus.ts";
import type { SigningKey } from "../../lib/signing-key.ts";
import { note, ok, unknown, warning, type Row } from "./row.ts";

const yearSeconds = 365 * 86_400;

/**
 * Rows about the keys. The parser has already refused keys that are short, guessable or
 * inconsistent.
 */
export function keyRows(
  config: Config,
  values: Readonly<Record<string, string>>,
  unreadable: ReadonlySet<string>,
  nowMs: number,
): Row[] {
  const rows: [name: string, look: () => Row[]][] = [
    ["SUBJECT_KEY", () => [ok("Keys", "SUBJECT_KEY", `${config.subjectKey.length * 8} bits`)]],
    ["PEPPERS", () => [peppersRow(config)]],
    ["SIGNING_KEYS", () => signingRows(config, values.SIGNING_KEYS ?? "", nowMs)],
  ];
  return rows.flatMap(([name, look]) =>
    unreadable.has(name)
      ? [unknown("Keys", name, "is deployed: its strength and age cannot be checked")]
      : look(),
  );
}

function peppersRow({ peppers }: Config): Row {
  const versions = peppers.map(({ version }) => version).join(", ");
  return ok("Keys", "PEPPERS", `${peppers.length}, version ${versions}; the first one is in use`);
}

function signingRows({ signingKeys }: Config, text: string, nowMs: number): Row[] {
  const names = signingKeys.map(nameOf).join(", ");
  const spare =
    signingKeys.length > 1
      ? ok("Keys", "SIGNING_KEYS", `${names}; a spare key is published`)
      : note(
          "Keys",
          "SIGNING_KEYS",
          `${names}; no spare key: to rotate, first append one (\`npm run keys -- signing\`)`,
        );
  return [spare, ageRow(text, nowMs)];
}

function nameOf({ algorithm, publicJwk }: SigningKey): string {
  const bits = rsaModulusBits(publicJwk.n);
  return bits === undefined ? algorithm : `${algorithm} (${bits} bits)`;
}

const created = v.object({ keys: v.array(v.object({ iat: v.optional(v.number()) })) });

/** `npm run setup` and `npm run keys` write `iat`. A key from another tool has none. */
function ageRow(text: string, nowMs: number): Row {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), created), text);
  const iat = parsed.success ? parsed.output.keys[0]?.iat : undefined;
  const name = "Signing key's age";
  if (iat === undefined) return unknown("Keys", name, "unknown: the key has no iat");
  const days = Math.floor((nowMs / 1000 - iat) / 86_400);
  if (days * 86_400 <= yearSeconds) return ok("Keys", name, `${Math.max(0, days)} days`);
  return warning(
    { area: "Keys", name, detail: `${days} days` },
    "Rotate it: `npm run keys -- signing --algorithm ES256` shows the steps.",
  );
}
