/** Endpoints as text, to compare and to read again. Only tests import this. */
import type { Endpoint } from "./endpoint.ts";

/** The shortest text that `parseEndpoint` reads as this endpoint. */
export function formatEndpoint({ target, port, protocol }: Endpoint): string {
  const tail = port === 0 ? "" : `:${port}${protocol === "any" ? "" : `/${protocol}`}`;
  switch (target.form) {
    case "host":
      return `${target.host}${tail}`;
    case "wildcard":
      return `*.${target.suffix}${tail}`;
    case "cidr": {
      const full = target.family === 4 ? 32 : 128;
      const text = target.prefix === full ? target.address : `${target.address}/${target.prefix}`;
      return target.family === 6 && tail !== "" ? `[${text}]${tail}` : `${text}${tail}`;
    }
  }
}
