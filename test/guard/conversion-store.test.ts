import { standardRules } from "../../src/config/guard.ts";
import { conversionDefaults } from "../../src/config/guard-rules.ts";
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { ConversionStore, type SendToReserve } from "../../src/guard/conversion-store.ts";
import { idleFromMs, resetLevels, setLever } from "../../src/guard/conversion.ts";

const noonMs = Date.UTC(2026, 10, 22, 12);
const hour = 3_600_000;
const day = 24 * hour;

/** Runs `play` with the store in the storage of a real object. */
function withStore(play: (store: ConversionStore, sql: SqlStorage) => void): Promise<void> {
  const stub = env.SEND_BUDGET.getByName("of the conversion tests");
  return runInDurableObject(stub, (_, { storage }) => {
    play(new ConversionStore(storage.sql, conversionDefaults), storage.sql);
  });
}

const sendOf = (name: string | number, more: Partial<SendToReserve> = {}): SendToReserve => ({
  id: `send ${name}`,
  verification: `verification ${name}`,
  country: "US",
  channel: "sms",
  texts: 1,
  prefix: { key: "prefix-key", sealed: "sealed prefix" },
  captcha: "off",
  modes: standardRules,
  standing: "stranger",
  untilMs: noonMs + 600_000,
  ...more,
});

const levels = (store: ConversionStore) =>
  Object.fromEntries(store.list(100).map(({ key, state }) => [key, state.dayLevel]));
const rows = (sql: SqlStorage, table: string) =>
  sql.exec<{ count: number }>(`SELECT count(*) AS count FROM ${table}`).one().count;

describe("the breaker's rows", () => {
  it("refuse the fourth send of a prefix, and store nothing of it", () =>
    withStore((store, sql) => {
      for (const name of [1, 2, 3])
        expect(store.reserve(sendOf(name), noonMs).verdict).toBe("pass");
      expect(store.reserve(sendOf(4), noonMs)).toMatchObject({
        verdict: "refuse",
        matched: [{ rule: "prefix" }, { rule: "country" }],
      });
      expect(levels(store)).toEqual({ US: 3, "prefix-key": 3 });
      expect(rows(sql, "unverified")).toBe(3);
    }));

  it("from a version without standing and channel count as a stranger's texts", () => {
    const stub = env.SEND_BUDGET.getByName("of an earlier version");
    return runInDurableObject(stub, (_, { storage: { sql } }) => {
      sql.exec("DROP TABLE IF EXISTS unverified");
      sql.exec(`CREATE TABLE unverified
        (send TEXT PRIMARY KEY, verification TEXT NOT NULL, country TEXT NOT NULL,
         prefix TEXT NOT NULL, added_country INTEGER NOT NULL, added_prefix INTEGER NOT NULL,
         until_ms INTEGER NOT NULL) WITHOUT ROWID`);
      sql.exec(
        "INSERT INTO unverified VALUES ('s', 'v', 'US', 'prefix-key', 1, 1, ?)",
        noonMs + hour,
      );
      const store = new ConversionStore(sql, conversionDefaults);
      expect(store.lastSendOf("v")).toEqual({
        standing: "stranger",
        channel: "sms",
        texts: 1,
      });
      const resend = { verification: "v", prefix: undefined, channel: "call" } as const;
      store.reserve(sendOf(2, { ...resend, untilMs: noonMs + 2 * hour }), noonMs);
      expect(store.lastSendOf("v")).toMatchObject({
        standing: "stranger",
        channel: "call",
      });
    });
  });

  it("count a retried send once", () =>
    withStore((store) => {
      const first = store.reserve(sendOf(1), noonMs);
      expect(store.reserve(sendOf(1), noonMs)).toEqual(first);
      expect(levels(store)).toEqual({ US: 1, "prefix-key": 1 });
    }));

  it("give back the amount of a send once, and not that of other sends", () =>
    withStore((store) => {
      for (const name of [1, 2]) store.reserve(sendOf(name), noonMs);
      for (const name of [1, 1, 9]) store.giveBack(`send ${name}`, noonMs);
      expect(levels(store)).toEqual({ US: 1, "prefix-key": 1 });
    }));

  it("remove all sends of a verification after its approval, which counts once", () =>
    withStore((store, sql) => {
      store.reserve(sendOf(1), noonMs);
      store.reserve(sendOf(2, { verification: "verification 1" }), noonMs);
      store.reserve(sendOf(3), noonMs);
      for (let times = 0; times < 2; times += 1) store.approve("verification 1", noonMs);
      expect(levels(store)).toEqual({ US: 1, "prefix-key": 1 });
      const [{ state } = { state: undefined }] = store.list(1);
      expect(Object.values(state?.hours ?? {})).toEqual([1]);
      expect(rows(sql, "unverified")).toBe(1);
      store.giveBack("send 1", noonMs);
      expect(levels(store)).toEqual({ US: 1, "prefix-key": 1 });
    }));

  it("remove only the prefix's amount of a send that a full country did not count", () =>
    withStore((store) => {
      const other = { key: "other", sealed: "other sealed" };
      for (const name of [1, 2]) store.reserve(sendOf(name), noonMs);
      for (const name of [3, 4])
        store.reserve(
          sendOf(name, { verification: "verification 3", prefix: other, captcha: "passed" }),
          noonMs,
        );
      expect(levels(store)).toEqual({ US: 3, "prefix-key": 2, other: 2 });
      store.approve("verification 3", noonMs);
      expect(levels(store)).toEqual({ US: 2, "prefix-key": 2, other: 0 });
    }));

  it("stay while their level is above zero, at any age", () =>
    withStore((store) => {
      store.reserve(sendOf(1), noonMs);
      store.reserve(sendOf(2), noonMs + hour);
      const other = { key: "other", sealed: "other sealed" };
      store.reserve(sendOf(3, { prefix: other }), noonMs + 2 * hour);
      expect(Object.keys(levels(store)).toSorted()).toEqual(["US", "other", "prefix-key"]);
      store.reserve(sendOf(4, { prefix: other }), noonMs + 3 * hour);
      expect(Object.keys(levels(store)).toSorted()).toEqual(["US", "other"]);
    }));

  it("survive a restart of the object, and are stored by key", () =>
    withStore((store, sql) => {
      store.reserve(sendOf(1), noonMs);
      store.reserve(sendOf(2, { prefix: { key: "other", sealed: "other sealed" } }), noonMs);
      const again = new ConversionStore(sql, conversionDefaults);
      expect(levels(again)).toEqual({ US: 2, "prefix-key": 1, other: 1 });
      const sealed = Object.fromEntries(again.list(9).map((known) => [known.key, known.sealed]));
      expect(sealed).toEqual({
        US: undefined,
        "prefix-key": "sealed prefix",
        other: "other sealed",
      });
      again.giveBack("send 1", noonMs);
      expect(again.list(9).find(({ key }) => key === "prefix-key")?.sealed).toBe("sealed prefix");
    }));

  it("accept the operator's overrides, also for an unknown key", () =>
    withStore((store) => {
      const closed = { holds: "closed", untilMs: noonMs + hour } as const;
      store.change("prefix-key", (state) => setLever(state, closed));
      expect(store.reserve(sendOf(1), noonMs)).toMatchObject({
        verdict: "refuse",
        retryAfterMs: hour,
      });
      store.change("prefix-key", resetLevels);
      expect(store.reserve(sendOf(1), noonMs).verdict).toBe("pass");
    }));

  it("are deleted when they are idle, a few with each send, and so are sends with an expired code", () =>
    withStore((store, sql) => {
      for (let name = 0; name < 50; name += 1)
        store.reserve(
          sendOf(name, {
            country: `C${name}`,
            prefix: { key: `prefix ${name}`, sealed: "sealed" },
            captcha: "passed",
          }),
          noonMs,
        );
      expect([rows(sql, "conversion"), rows(sql, "unverified")]).toEqual([100, 50]);
      store.reserve(sendOf("late"), noonMs + 2 * day);
      expect([rows(sql, "conversion"), rows(sql, "unverified")]).toEqual([82, 31]);
      for (let name = 0; name < 6; name += 1)
        store.reserve(sendOf(`later ${name}`), noonMs + 2 * day + name * hour);
      expect(Object.keys(levels(store)).toSorted()).toEqual(["US", "prefix-key"]);
    }));

  it("are small: a prefix with approvals over two weeks takes less than a kilobyte", () =>
    withStore((store, sql) => {
      for (let hours = 0; hours < 14 * 24; hours += 1) {
        const nowMs = noonMs + hours * hour;
        store.reserve(sendOf(hours, { untilMs: nowMs + 600_000 }), nowMs);
        store.approve(`verification ${hours}`, nowMs);
      }
      const longest = sql
        .exec<{ length: number }>("SELECT max(length(state)) AS length FROM conversion")
        .one().length;
      expect(longest).toBeLessThan(1000);
      expect([rows(sql, "conversion"), rows(sql, "unverified")]).toEqual([2, 0]);
      for (const { state } of store.list(9))
        expect(idleFromMs(state, conversionDefaults)).toBeGreaterThan(noonMs + 27 * day);
    }));
});
