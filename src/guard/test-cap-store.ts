import {
  releaseTestSend,
  reserveTestSend,
  type TestCapOutcome,
  type TestSends,
} from "./test-cap.ts";

const key = "test-sends";

/** The day's sends of test numbers, in the storage of an object of their own. */
export class TestCapStore {
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  reserve(id: string, nowMs: number): TestCapOutcome {
    const { outcome, next } = reserveTestSend(this.#load(), id, nowMs);
    this.#storage.kv.put(key, next);
    return outcome;
  }

  release(id: string, nowMs: number): void {
    this.#storage.kv.put(key, releaseTestSend(this.#load(), id, nowMs));
  }

  #load(): TestSends | undefined {
    return this.#storage.kv.get<TestSends>(key);
  }
}
