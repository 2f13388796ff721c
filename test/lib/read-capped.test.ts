import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readCapped } from "../../src/lib/read-capped.ts";

/** A stream of these chunks that tells how many were pulled and whether it was canceled. */
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
  it("gives up at the first chunk past the cap, of a stream without an end too", async () => {
    const { stream, seen } = streamOf(endless());
    expect(await readCapped(stream, 4000)).toBe("too_large");
    expect(seen).toEqual({ pulled: 5, canceled: true });
  });

  it("does not wait for a stream whose cancelling never ends", async () => {
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(10)),
      cancel: () => new Promise(() => undefined),
    });
    expect(await readCapped(stream, 4)).toBe("too_large");
  });

  it("does not fail where cancelling fails", async () => {
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

  it("is too large by one byte, and whole at the very cap", async () => {
    const bytes = crypto.getRandomValues(new Uint8Array(64));
    expect(await readCapped(streamOf([bytes]).stream, 63)).toBe("too_large");
    expect(await readCapped(streamOf([bytes]).stream, 64)).toEqual(bytes);
  });

  it("reads no body, and an empty one, as no bytes", async () => {
    expect(await readCapped(null, 0)).toEqual(new Uint8Array(0));
    expect(await readCapped(streamOf([]).stream, 0)).toEqual(new Uint8Array(0));
  });

  it("gives the bytes in order however they were cut, or nothing but too_large", async () => {
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
