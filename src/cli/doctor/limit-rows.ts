import type { Config } from "../../config.ts";
import { ok, warning, type Row } from "./row.ts";

/** Rows about limits that are valid one by one but contradict each other. */
export function limitRows(config: Config): Row[] {
  const contradictions = [
    ...phoneRows(config),
    ...capRows(config),
    ...moneyRows(config),
    ...tokenRows(config),
  ];
  if (contradictions.length > 0) return contradictions;
  return [
    ok("Limits", "All limits", `${config.budget.total} sends a day; no limit contradicts another`),
  ];
}

function phoneRows({ sendsPerNumber, sendsPerAddress, budget }: Config): Row[] {
  const perNumber = Math.max(...sendsPerNumber.map(({ count }) => count));
  const address = Math.max(...sendsPerAddress.map(({ count }) => count));
  return [
    ...(perNumber > budget.total
      ? [
          warning(
            {
              area: "Limits",
              name: "LIMIT_SEND_PER_PHONE",
              detail: `allows ${perNumber} sends to one number, more than the whole day allows (${budget.total})`,
            },
            "Lower it, or raise LIMIT_SEND_TOTAL.",
          ),
        ]
      : []),
    ...(address >= budget.total
      ? [
          warning(
            {
              area: "Limits",
              name: "LIMIT_SEND_PER_IP",
              detail: `allows one address to use up the day's sends (${budget.total})`,
            },
            "Lower it, or raise LIMIT_SEND_TOTAL.",
          ),
        ]
      : []),
  ];
}

function capRows({ budget, allowedCountries, guard }: Config): Row[] {
  const priced = Object.keys(guard.money?.microPrices ?? {}).map((key) => key.split("/")[0] ?? "");
  const named = [...Object.keys(budget.countries), ...priced];
  const allowed = new Set<string>(allowedCountries);
  const idle = named.filter((name) => name !== "*" && allowed.size > 0 && !allowed.has(name));
  if (idle.length === 0) return [];
  const detail = `${[...new Set(idle)].join(", ")}: has a cap or a price, but is not in ALLOWED_COUNTRIES`;
  return [
    warning(
      { area: "Limits", name: "COUNTRY_CAPS", detail },
      "Add the country to ALLOWED_COUNTRIES, or remove it from COUNTRY_CAPS and COUNTRY_PRICES.",
    ),
  ];
}

function moneyRows({ guard, budget, channels }: Config): Row[] {
  if (guard.money === undefined) return [];
  const { microPrices, microBudget } = guard.money;
  const isOpen = (key: string) => channels.some((channel) => key.endsWith(`/${channel}`));
  const open = Object.entries(microPrices).filter(([key]) => isOpen(key));
  const highestPrice = Math.max(...open.map(([, price]) => price));
  const finding = { area: "Limits", name: "BUDGET_MONEY" } as const;
  if (highestPrice > microBudget)
    return [
      warning(
        { ...finding, detail: "is less than the price of one send to the most expensive country" },
        "Raise it: no user in that country can get a code.",
      ),
    ];
  if (highestPrice * budget.total < microBudget)
    return [
      warning(
        {
          ...finding,
          detail: "can never be reached: LIMIT_SEND_TOTAL is reached first at every price",
        },
        "Lower it to the amount that a day may cost.",
      ),
    ];
  return [];
}

function tokenRows({ accessTokenLifetimeSeconds, sessionIdleSeconds }: Config): Row[] {
  if (accessTokenLifetimeSeconds < sessionIdleSeconds) return [];
  return [
    warning(
      {
        area: "Limits",
        name: "REFRESH_IDLE_TTL",
        detail: "is not longer than ACCESS_TTL: a session ends before its token needs a refresh",
      },
      "Raise REFRESH_IDLE_TTL, or lower ACCESS_TTL.",
    ),
  ];
}
