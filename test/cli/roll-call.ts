import { createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/**
 * Counts the running processes of a start. Each fake process keeps a connection open. The
 * connection ends with its process, so the test need not read the system's process list.
 */
export class RollCall {
  /** The statement with which the script of a fake process connects. */
  readonly answer: string;
  readonly #present = new Set<Socket>();
  #changed = Promise.withResolvers<void>();

  private constructor(port: number) {
    this.answer = `require("node:net").connect(${port}, "127.0.0.1").on("error", () => {}).resume();`;
  }

  static async begin(): Promise<RollCall> {
    const server = createServer((socket) => roll.#join(socket));
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, "127.0.0.1", resolve);
    await promise;
    const address = server.address();
    if (typeof address !== "object" || address === null) throw new Error("no address");
    const roll = new RollCall(address.port);
    onTestFinished(() => void server.close());
    return roll;
  }

  #join(socket: Socket): void {
    this.#present.add(socket);
    // A process that is killed may reset its connection.
    socket.on("error", () => undefined).on("close", () => this.#change(socket));
    this.#change();
  }

  #change(gone?: Socket): void {
    if (gone) this.#present.delete(gone);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** Waits until exactly this many processes run. */
  async counts(processes: number): Promise<void> {
    while (this.#present.size !== processes) await this.#changed.promise;
  }
}
