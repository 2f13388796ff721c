import type { Manifest } from "../cloudflare/wrangler-toml.ts";
import type { Patient } from "./patient.ts";
import { isLoopback } from "../../lib/origin.ts";
import { failure, note, ok, warning, type Row } from "./row.ts";

const dayMs = 86_400_000;
const finding = (name: string, detail: string) => ({ area: "Cloudflare", name, detail }) as const;

/** What of `wrangler.toml` a deployment stumbles over. A missing binding is the parser's to tell. */
export function manifestRows({ manifest, exposed, values }: Patient, nowMs: number): Row[] {
  return [
    ...kvRows(manifest),
    migrationRow(manifest),
    dateRow(manifest, nowMs),
    floodRow(manifest, "FLOOD"),
    floodRow(manifest, "FLOOD_BY_ID"),
    ...workersDevRows(manifest, values.ISSUER),
    ...sectionRows(manifest),
    ...exposedRows(exposed),
    ...manifest.otherVars.map((name) =>
      failure(finding(name, "is no text in [vars]"), "Put quotes around its value."),
    ),
  ];
}

function kvRows({ kvNamespaces }: Manifest): Row[] {
  return [...kvNamespaces].map(([binding, id]) => {
    if (id === undefined)
      return note("Cloudflare", binding, "the KV namespace is made by the first deployment");
    return /^[0-9a-f]{32}$/.test(id)
      ? ok("Cloudflare", binding, "the KV namespace has its id")
      : failure(
          finding(binding, "the id of the KV namespace has not the form of one"),
          "Take it from `npx wrangler kv namespace list`.",
        );
  });
}

function migrationRow({ durableObjects, migrations }: Manifest): Row {
  const made = new Set(migrations.flatMap(({ sqliteClasses }) => sqliteClasses));
  const missing = [...durableObjects.values()].filter((name) => !made.has(name));
  const old = migrations.flatMap(({ oldClasses }) => oldClasses);
  const tags = migrations.map(({ tag }) => tag);
  if (old.length > 0)
    return failure(
      finding("Migrations", `${old.join(", ")}: by new_classes, which the free plan does not have`),
      "Use new_sqlite_classes.",
    );
  if (missing.length > 0)
    return failure(
      finding("Migrations", `no migration makes ${missing.join(", ")}`),
      "Add [[migrations]] with a new tag and new_sqlite_classes; never change one that was deployed.",
    );
  if (new Set(tags).size < tags.length)
    return failure(finding("Migrations", "two have one tag"), "Give each a tag of its own.");
  return ok("Cloudflare", "Migrations", `make ${[...made].join(", ")}`);
}

function dateRow({ compatibilityDate }: Manifest, nowMs: number): Row {
  const name = "compatibility_date";
  const dateMs = Date.parse(compatibilityDate ?? "");
  if (compatibilityDate === undefined || Number.isNaN(dateMs))
    return failure(finding(name, "is not set"), "Restore the one of this version of Phonegate.");
  if (dateMs > nowMs + dayMs)
    return failure(
      finding(name, `${compatibilityDate} is in the future`),
      "Cloudflare refuses it: restore the one of this version of Phonegate.",
    );
  if (nowMs - dateMs > 730 * dayMs)
    return warning(
      finding(name, `${compatibilityDate} is older than two years`),
      "Update Phonegate: a new version has been tested with a newer one.",
    );
  return ok("Cloudflare", name, compatibilityDate);
}

function floodRow({ rateLimits }: Manifest, name: "FLOOD" | "FLOOD_BY_ID"): Row {
  if (rateLimits.has(name)) return ok("Cloudflare", name, "rate limiting is bound");
  return warning(
    finding(name, "the rate-limiting binding is missing, so floods reach the stores"),
    "Restore [[ratelimits]] in wrangler.toml.",
  );
}

/** A domain of one's own has a zone with a firewall; requests to workers.dev do not pass it. */
function workersDevRows({ workersDev }: Manifest, issuer = ""): Row[] {
  const url = URL.parse(issuer);
  if (url === null || isLoopback(url)) return [];
  const name = "workers_dev";
  if (url.hostname.endsWith(".workers.dev"))
    return [ok("Cloudflare", name, "the Worker's own address")];
  if (!workersDev)
    return [ok("Cloudflare", name, "is off: the domain's firewall sees every request")];
  return [
    warning(
      finding(
        name,
        `is on beside ${issuer}: requests to workers.dev pass by that domain's firewall`,
      ),
      "Set workers_dev = false and preview_urls = false in deployment.toml, and give the Worker its domain there ([[routes]] with custom_domain = true).",
    ),
  ];
}

/** These files may go into git, and what stands in them can be read in the dashboard. */
function exposedRows(exposed: Patient["exposed"]): Row[] {
  return [...exposed].map(([name, place]) =>
    failure(
      finding(name, `a secret stands in ${place}, which may go into git`),
      `Remove it there, replace the secret, and put the new one: npx wrangler secret put ${name}`,
    ),
  );
}

function sectionRows({ sections }: Manifest): Row[] {
  if (!sections.has("secrets")) return [];
  const detail = "makes wrangler drop what it does not list from .dev.vars";
  return [failure(finding("[secrets]", detail), "Remove the section.")];
}
