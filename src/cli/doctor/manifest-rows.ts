import type { Manifest } from "../cloudflare/wrangler-toml.ts";
import type { Patient } from "./patient.ts";
import { isLoopback } from "../../lib/origin.ts";
import { failure, note, ok, warning, type Row } from "./row.ts";

const dayMs = 86_400_000;
const finding = (name: string, detail: string) => ({ area: "Cloudflare", name, detail }) as const;

/** Rows about `wrangler.toml`. The parser reports a missing binding. */
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
      failure(finding(name, "is not a text in [vars]"), "Put quotes around its value."),
    ),
  ];
}

function kvRows({ kvNamespaces }: Manifest): Row[] {
  return [...kvNamespaces].map(([binding, id]) => {
    if (id === undefined)
      return note("Cloudflare", binding, "the first deployment creates the KV namespace");
    return /^[0-9a-f]{32}$/.test(id)
      ? ok("Cloudflare", binding, "the KV namespace has an id")
      : failure(
          finding(binding, "the id of the KV namespace has the wrong form"),
          "Copy it from `npx wrangler kv namespace list`.",
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
      finding(
        "Migrations",
        `${old.join(", ")}: made by new_classes, which the free plan does not support`,
      ),
      "Use new_sqlite_classes.",
    );
  if (missing.length > 0)
    return failure(
      finding("Migrations", `no migration creates ${missing.join(", ")}`),
      "Add [[migrations]] with a new tag and new_sqlite_classes. Never change a deployed migration.",
    );
  if (new Set(tags).size < tags.length)
    return failure(
      finding("Migrations", "two migrations have the same tag"),
      "Give each migration its own tag.",
    );
  return ok("Cloudflare", "Migrations", `create ${[...made].join(", ")}`);
}

function dateRow({ compatibilityDate }: Manifest, nowMs: number): Row {
  const name = "compatibility_date";
  const dateMs = Date.parse(compatibilityDate ?? "");
  if (compatibilityDate === undefined || Number.isNaN(dateMs))
    return failure(finding(name, "is not set"), "Restore the date of this version of Phonegate.");
  if (dateMs > nowMs + dayMs)
    return failure(
      finding(name, `${compatibilityDate} is in the future`),
      "Cloudflare refuses it: restore the date of this version of Phonegate.",
    );
  if (nowMs - dateMs > 730 * dayMs)
    return warning(
      finding(name, `${compatibilityDate} is older than two years`),
      "Update Phonegate: new versions are tested with a newer date.",
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

/** The zone of a custom domain has a firewall. Requests to workers.dev bypass it. */
function workersDevRows({ workersDev }: Manifest, issuer = ""): Row[] {
  const url = URL.parse(issuer);
  if (url === null || isLoopback(url)) return [];
  const name = "workers_dev";
  if (url.hostname.endsWith(".workers.dev"))
    return [ok("Cloudflare", name, "the Worker's own address")];
  if (!workersDev)
    return [ok("Cloudflare", name, "is off: every request passes the domain's firewall")];
  return [
    warning(
      finding(
        name,
        `is on in addition to ${issuer}: requests to workers.dev bypass that domain's firewall`,
      ),
      "Set workers_dev = false and preview_urls = false in deployment.toml, and give the Worker its domain there ([[routes]] with custom_domain = true).",
    ),
  ];
}

/** These files may be committed to git, and the dashboard shows their values. */
function exposedRows(exposed: Patient["exposed"]): Row[] {
  return [...exposed].map(([name, place]) =>
    failure(
      finding(name, `is a secret in ${place}, which may be committed to git`),
      `Remove it there. Replace the secret, and set the new one: npx wrangler secret put ${name}`,
    ),
  );
}

function sectionRows({ sections }: Manifest): Row[] {
  if (!sections.has("secrets")) return [];
  const detail = "makes wrangler ignore all values of .dev.vars that it does not list";
  return [failure(finding("[secrets]", detail), "Remove the section.")];
}
