import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readCapped } from "../../src/lib/read-capped.ts";

/** Returns a stream of these chunks that counts the reads and records a cancellation. */
function streamOf(chunks: Iterable<Uint8Array>) {
  const seen = { pulled: 0, canceled: false };
  const iterator = chunks[Symbol.iterator]();
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const { value, done } = iterator.next();
        if (done) return controller.close();
        seen.pulled += 1;
        controller.enqueue(value);
      },
      cancel() {
        seen.canceled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, seen };
}

function* endless(): Generator<Uint8Array> {
  for (;;) yield new Uint8Array(1000);
}

describe("reading a body up to a cap", () => {
  it("stops at the first chunk over the cap, also for an endless stream", async () => {
    const { stream, seen } = streamOf(endless());
    expect(await readCapped(stream, 4000)).toBe("too_large");
    expect(seen).toEqual({ pulled: 5, canceled: true });
  });

  it("does not wait for a stream whose cancellation never ends", async () => {
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(10)),
      cancel: () => new Promise(() => undefined),
    });
    expect(await readCapped(stream, 4)).toBe("too_large");
  });

  it("does not fail when the cancellation fails", async () => {
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(10)),
      cancel: () => Promise.reject(new Error("no")),
    });
    expect(await readCapped(stream, 4)).toBe("too_large");
  });

  it("rejects when the stream breaks", async () => {
    const broken = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new Uint8Array(10)),
      pull: (controller) => controller.error(new Error("reset")),
    });
    await expect(readCapped(broken, 4000)).rejects.toThrow("reset");
  });

  it("accepts exactly the cap and refuses one byte more", async () => {
    const bytes = crypto.getRandomValues(new Uint8Array(64));
    expect(await readCapped(streamOf([bytes]).stream, 63)).toBe("too_large");
    expect(await readCapped(streamOf([bytes]).stream, 64)).toEqual(bytes);
  });

  it("reads a missing body and an empty body as no bytes", async () => {
    expect(await readCapped(null, 0)).toEqual(new Uint8Array(0));
    expect(await readCapped(streamOf([]).stream, 0)).toEqual(new Uint8Array(0));
  });

  it("returns the bytes in order for every split into chunks, or too_large", async () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(chunks, fc.nat({ max: 150 }), async (parts, cap) => {
        const whole = parts.flatMap((part) => [...part]);
        const outcome = await readCapped(streamOf(parts).stream, cap);
        expect(outcome).toEqual(whole.length > cap ? "too_large" : new Uint8Array(whole));
      }),
    );
  });
});
