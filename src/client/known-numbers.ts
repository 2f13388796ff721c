import type { SteadyStore } from "./steady-store.ts";

interface KnownNumber {
  readonly to: string;
  readonly token: string;
}

/** A device has few owners; the one that signed in least recently goes first. */
const mostNumbers = 5;

/**
 * The device tokens of the numbers that have signed in here, found by any spelling: the end of the
 * number decides, since only the Worker can read a national one. A token that does not fit is
 * ignored there.
 */
export class KnownNumbers {
  readonly #store: SteadyStore;
  readonly #key: string;

  constructor(store: SteadyStore, key: string) {
    this.#store = store;
    this.#key = key;
  }

  async tokenFor(typed: string): Promise<string | undefined> {
    const end = significantDigits(typed);
    if (end.length < 6) return undefined;
    return (await this.#all()).find(({ to }) => to.endsWith(end))?.token;
  }

  async keep(to: string, token: string): Promise<void> {
    const others = (await this.#all()).filter((known) => known.to !== to);
    const all = [{ to, token }, ...others].slice(0, mostNumbers);
    await this.#store.setItem(this.#key, JSON.stringify(all));
  }

  async forget(): Promise<void> {
    await this.#store.removeItem(this.#key);
  }

  async #all(): Promise<KnownNumber[]> {
    const all = parse((await this.#store.getItem(this.#key)) ?? "[]");
    return Array.isArray(all) ? all.filter(isKnownNumber) : [];
  }
}

/** Digits of the Arabic and fullwidth blocks too; without `00`, trunk zero and `(0)`. */
function significantDigits(typed: string): string {
  return typed
    .replace(/[\u0660-\u0669\u06f0-\u06f9\uff10-\uff19]/g, (digit) =>
      String(digit.charCodeAt(0) & 15),
    )
    .replace(/\(0\)|\D/g, "")
    .replace(/^0+/, "");
}

function isKnownNumber(item: unknown): item is KnownNumber {
  return (
    typeof item === "object" &&
    item !== null &&
    "to" in item &&
    typeof item.to === "string" &&
    "token" in item &&
    typeof item.token === "string"
  );
}

/** What somebody else has written there is as good as nothing. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
