import { reset } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { metricsColumns, pointOf, type MetricsPoint } from "../src/metrics.ts";
import { signIn } from "./helpers/session.ts";
import { createWorld } from "./helpers/world.ts";

const to = "+12015550123";

function recording() {
  const points: MetricsPoint[] = [];
  return { points, METRICS: { writeDataPoint: (point: MetricsPoint) => void points.push(point) } };
}

describe("metrics", () => {
  it("has a point for each line of the log, where a dataset is bound", async () => {
    const { points, METRICS } = recording();
    const world = await createWorld({ env: { METRICS } });
    await signIn(world, to);
    const events = world.lines.map((line) => (JSON.parse(line) as { event: string }).event);
    expect(points.map(({ indexes }) => indexes)).toEqual(events.map((event) => [event]));
    expect(events).toContain("verification.started");
  });

  it("puts each field into its column", () => {
    const point = pointOf({
      event: "verification.started",
      request_id: "1",
      country: "US",
      colo: "VIE",
      channel: "sms",
      purpose: "sign_in",
      price: 0.0083,
      ms: 131,
      hops: { kv: 3, phone_ledger: 12, send_budget: 9, "twilio.verify": 104 },
    });
    expect(point).toEqual({
      indexes: ["verification.started"],
      blobs: ["verification.started", "US", "VIE", "sms", "sign_in", "", "", "", "", "", ""],
      doubles: [131, 12, 9, 0, 3, 104, 0, 0, 0.0083, 0, 0],
    });
  });

  it("stays within the columns and the sizes of Analytics Engine", () => {
    expect(metricsColumns.blobs.length).toBeLessThanOrEqual(20);
    expect(metricsColumns.doubles.length).toBeLessThanOrEqual(20);
  });

  it("that fail change neither an answer nor a log line", async () => {
    const broken = {
      writeDataPoint: () => {
        throw new Error("the dataset is down");
      },
    };
    const events = async (env: Record<string, unknown>) => {
      const world = await createWorld({ env });
      const session = await signIn(world, to);
      expect(session.access_token).toMatch(/^eyJ/);
      await reset();
      return world.lines.map((line) => (JSON.parse(line) as { event: string }).event);
    };
    expect(await events({ METRICS: broken })).toEqual(await events({}));
  });

  it("are at most 25 points per request, the limit of Analytics Engine", async () => {
    const { points, METRICS } = recording();
    const world = await createWorld({ env: { METRICS } });
    await signIn(world, to);
    // Both requests of a sign-in together.
    expect(points.length).toBeLessThanOrEqual(25);
  });
});
