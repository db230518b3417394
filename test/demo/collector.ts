/** The other end of the exfiltration: a server that counts. It listens on the guest's own loopback device only. */
import { createServer, type Server } from "node:net";

/** From TEST-NET-2 (RFC 5737): nobody's address, and no loopback one, so that the policy has to name it to allow it. */
export const COLLECTOR = { host: "198.51.100.7", port: 8443 } as const;

export interface Collector {
  /** What came since the last call. */
  take(): { readonly connections: number; readonly bytes: number };
  close(): void;
}

/** @throws Error when the address is not this machine's, see prepareMachine */
export async function startCollector(): Promise<Collector> {
  let seen = { connections: 0, bytes: 0 };
  const server: Server = createServer((socket) => {
    seen.connections += 1;
    socket.on("data", (chunk) => {
      seen.bytes += chunk.length;
    });
    // A client that resets the connection has been counted; there is nothing else to do for it.
    socket.on("error", () => socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(COLLECTOR.port, COLLECTOR.host, resolve);
  });
  return {
    take() {
      const taken = seen;
      seen = { connections: 0, bytes: 0 };
      return taken;
    },
    close: () => server.close(),
  };
}
