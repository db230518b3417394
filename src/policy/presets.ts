/**
 * The built-in presets, as policy texts: they are read, merged and reported like any other file, under the name
 * `preset:NAME`. They only allow, so that a policy can take anything back with a `deny`, and none uses a wildcard.
 */

const GITHUB_HOSTED = `# What steps on a GitHub-hosted runner commonly reach: git, the API, release downloads, logs and artifacts.
# What Runner.Worker itself needs is not here: it is exempt.
version = 1

[network]
default = "deny"
allow = [
  "github.com:443/tcp",
  "api.github.com:443/tcp",
  "codeload.github.com:443/tcp",
  "raw.githubusercontent.com:443/tcp",
  "objects.githubusercontent.com:443/tcp",
  "release-assets.githubusercontent.com:443/tcp",
  "results-receiver.actions.githubusercontent.com:443/tcp",
]
`;

const NODE = `# What a Node.js build reaches besides its package registry, which the policy itself names.
version = 1

[network]
default = "deny"
allow = ["nodejs.org:443/tcp"] # releases, and headers for native modules
`;

const PRESETS: ReadonlyMap<string, string> = new Map([
  ["github-hosted", GITHUB_HOSTED],
  ["node", NODE],
]);

export const presetNames: readonly string[] = [...PRESETS.keys()];

/** The policy text of a preset, or null when there is none of this name. */
export function presetText(name: string): string | null {
  return PRESETS.get(name) ?? null;
}
