/** Host names in policies: only what a resolver could answer gets through. */
import { domainToASCII } from "node:url";
import { type Note, show } from "./diagnostic.ts";

export type HostResult =
  | { readonly ok: true; readonly host: string; readonly warnings: readonly Note[] }
  | { readonly ok: false; readonly error: Note };

const MAX_NAME = 253;
const MAX_LABEL = 63;

/**
 * A host name to lower-case ASCII without its trailing dot. Labels are letters, digits and inner hyphens (RFC 1123),
 * 63 bytes each and 253 together; an underscore is let through with a warning, since some resolvers refuse it.
 */
export function parseHost(text: string): HostResult {
  const fail = (message: string, fix: string): HostResult => ({ ok: false, error: { message, fix } });
  if (text === "") return fail("the host is empty", 'write a host name or an address, e.g. "example.com:443"');
  if (/[\u0000-\u001f\u007f]/.test(text))
    return fail(
      `the host ${show(text)} holds a control character`,
      "write the host name alone, in letters, digits, dots and hyphens",
    );
  if (/[^\u0020-\u007e]/.test(text)) {
    const ascii = domainToASCII(text);
    return fail(
      `the host ${show(text)} is not ASCII`,
      ascii === "" ? "write its ASCII (xn--) form" : `write ${show(ascii)} if that is the host you mean`,
    );
  }
  const host = text.toLowerCase().replace(/\.$/, "");
  const odd = /[^a-z0-9._-]/.exec(host);
  if (odd !== null)
    return fail(
      `the host ${show(text)} holds ${show(odd[0])}, which no host name can`,
      "write the host name alone, in letters, digits, dots and hyphens",
    );
  if (host.length > MAX_NAME)
    return fail(
      `the host name is ${host.length} characters long and no name can be longer than ${MAX_NAME}`,
      "shorten it",
    );
  const labels = host.split(".");
  for (const label of labels) {
    if (label === "") return fail(`the host ${show(text)} has an empty label`, "remove the extra dot");
    if (label.length > MAX_LABEL)
      return fail(
        `the label ${show(label)} is ${label.length} characters long and no label can be longer than ${MAX_LABEL}`,
        "shorten it; no resolver could answer this name",
      );
    if (label.startsWith("-") || label.endsWith("-"))
      return fail(
        `the label ${show(label)} begins or ends with a hyphen`,
        "remove the hyphen; no resolver could answer this name",
      );
  }
  // What ends in a number is an address to every resolver library, or nothing at all.
  if (/^([0-9]+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? ""))
    return fail(
      `${show(text)} is neither an IPv4 address nor a host name`,
      'write four numbers from 0 to 255, e.g. "10.1.2.3"',
    );
  const warnings = host.includes("_")
    ? [
        {
          message: `the host ${show(text)} holds an underscore`,
          fix: "check the name: some resolvers refuse underscores",
        },
      ]
    : [];
  return { ok: true, host, warnings };
}
