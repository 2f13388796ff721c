import type { Config } from "../../config.ts";
import { isAppOrigin, isLocalName } from "../../lib/origin.ts";
import { note, ok, warning, type Row } from "./row.ts";

const manyCountries = 40;

/** Rows about settings that are valid one by one, and about their effect together. */
export function settingRows(config: Config): Row[] {
  return [
    issuerRow(config),
    originsRow(config),
    countriesRow(config),
    ok("Settings", "CHANNELS", config.channels.join(", ")),
    captchaRow(config),
    moneyRow(config),
    ...serviceKeyRows(config),
    ...eventRows(config),
    ...hookRows(config),
    ...guardRows(config),
  ];
}

function issuerRow({ issuer, development }: Config): Row {
  const name = "ISSUER";
  if (issuer === undefined)
    return note(
      "Settings",
      name,
      "unset: `npm start` makes it the Worker's own address, http://127.0.0.1:8787",
    );
  const host = new URL(issuer).hostname;
  if (!development && (host.endsWith(".example.com") || host === "example.com"))
    return warning(
      { area: "Settings", name, detail: `${issuer} is an example` },
      "Set the Worker's public origin: all tokens contain it, and it should never change.",
    );
  return ok("Settings", name, issuer);
}

function originsRow({ allowedOrigins, development }: Config): Row {
  const name = "ALLOWED_ORIGINS";
  const local = [...allowedOrigins].filter(
    (origin) => !isAppOrigin(origin) && isLocalName(new URL(origin)),
  );
  if (!development && local.length > 0)
    return warning(
      { area: "Settings", name, detail: `allows pages on any laptop: ${local.join(", ")}` },
      "List loopback origins only in .dev.vars, unless an app's shell uses them (Capacitor and Tauri on Android).",
    );
  if (allowedOrigins.size > 0) return ok("Settings", name, [...allowedOrigins].join(", "));
  return development
    ? note("Settings", name, "unset: pages of this machine may call, from any port")
    : warning(
        {
          area: "Settings",
          name,
          detail: "unset: only the Worker's own pages, apps and backends may call it",
        },
        "List the origins of your web pages, if there are any.",
      );
}

function countriesRow({ allowedCountries, development }: Config): Row {
  const name = "ALLOWED_COUNTRIES";
  if (allowedCountries === undefined)
    return note("Settings", name, "unset: every country is allowed, only in development");
  if (!development && allowedCountries.size > manyCountries)
    return warning(
      { area: "Settings", name, detail: `${allowedCountries.size} countries` },
      "Fraud can cause costs in each of them. List only the countries that you serve, and set the same in Twilio's geo permissions.",
    );
  return ok("Settings", name, [...allowedCountries].join(", "));
}

function captchaRow({ guard, purposes, development }: Config): Row {
  const name = "TURNSTILE";
  if (guard.captcha !== undefined) return ok("Settings", name, guard.captcha.asked);
  if (development || !purposes.has("sign_in")) return note("Settings", name, "off");
  return warning(
    { area: "Settings", name, detail: "off, although any visitor may start a sign-in" },
    "Set TURNSTILE=risky and a widget's keys: without a captcha only the money cap stops an attack from many addresses.",
  );
}

function moneyRow({ guard, budget, engine, development }: Config): Row {
  const name = "BUDGET_MONEY";
  if (guard.money !== undefined) {
    const { microBudget, currency, verifyMicroPrices } = guard.money;
    const detail = `${microBudget / 1e6} ${currency} a day`;
    if (engine.name !== "verify" || verifyMicroPrices !== undefined)
      return ok("Settings", name, detail);
    return note(
      "Settings",
      name,
      `${detail}, only for sends: VERIFY_PRICE adds the price of approvals`,
    );
  }
  const detail = `unset: only LIMIT_SEND_TOTAL (${budget.total} sends a day) limits the costs`;
  return development
    ? note("Settings", name, detail)
    : warning(
        { area: "Settings", name, detail },
        "Set the costs that a day may have, such as BUDGET_MONEY=50USD/1d, and the prices in COUNTRY_PRICES.",
      );
}

/** The others are for routes that this version does not have. */
const servedScopes = ["introspect", "subjects", "admin:read"] as const;

function serviceKeyRows({ serviceKeys }: Config): Row[] {
  if (serviceKeys.length === 0) return [];
  const clients = new Set(serviceKeys.map(({ clientId }) => clientId));
  const admins = serviceKeys.filter(({ scopes }) => scopes.has("admin"));
  const may = admins.length > 0 ? `; ${admins.length} may override the guard` : "";
  const detail = `${serviceKeys.length} of ${[...clients].join(", ")}${may}`;
  const idle = serviceKeys.filter(
    ({ purposes, scopes }) =>
      purposes.size === 0 && !servedScopes.some((scope) => scopes.has(scope)),
  );
  return idle.length > 0
    ? [
        warning(
          { area: "Settings", name: "SERVICE_KEYS", detail },
          "One of them has no permission: remove it.",
        ),
      ]
    : [ok("Settings", "SERVICE_KEYS", detail)];
}

function eventRows({ events }: Config): Row[] {
  if (events === undefined) return [];
  const { origin } = new URL(events.url);
  const isRotating = events.secrets.length > 1;
  const detail = `to ${origin}${isRotating ? ", with two signatures: EVENTS_SECRET is rotating" : ""}`;
  return [ok("Settings", "EVENTS_URL", detail)];
}

function hookRows({ hooks }: Config): Row[] {
  const { beforeSend, beforeSession, refusal, whenUnavailable } = hooks;
  const isRotating = (beforeSend ?? beforeSession)?.secrets.length === 2;
  const rotation = isRotating ? ", with two signatures: HOOK_SECRET is rotating" : "";
  const originOf = (url: string) => new URL(url).origin;
  const send = beforeSend && [
    ok(
      "Settings",
      "HOOK_BEFORE_SEND_URL",
      `${originOf(beforeSend.url)}, refusals: ${refusal}, while it is down: ${whenUnavailable}${rotation}`,
    ),
  ];
  const session = beforeSession && [
    ok("Settings", "HOOK_BEFORE_SESSION_URL", `${originOf(beforeSession.url)}${rotation}`),
  ];
  return [...(send ?? []), ...(session ?? [])];
}

function guardRows({ guard, development }: Config): Row[] {
  const idle = Object.entries(guard.rules)
    .filter(([, mode]) => mode === "record" || mode === "off")
    .map(([rule]) => rule);
  if (idle.length === 0) return [ok("Settings", "GUARD_RULES", "every rule is enforced")];
  const detail = `only recorded or off: ${idle.join(", ")}`;
  return development
    ? [note("Settings", "GUARD_RULES", detail)]
    : [
        warning(
          { area: "Settings", name: "GUARD_RULES", detail },
          "To enforce the rules, unset GUARD_RECORD or raise the rule in GUARD_RULES.",
        ),
      ];
}
