/** The policies of the parts. Pure. */
import { policyText } from "../policies.ts";

/** For a machine on which only a cgroup's programs can be loaded. */
export const NETWORK_POLICY = `version = 1
[network]
default = "deny"
allow = ["192.0.2.7:443/tcp"]
deny = ["127.9.9.9"]
[process]
memory = "allow"
`;

/** The ten rules that the operations are measured with. */
export const wholePolicy = () => policyText("10");
