//! CH50xx: what a real Envoy said.

super::codes! {
    ENVOY_REFUSES "CH5001" Error "a real Envoy refuses this" {
        why: "`check --envoy` builds one static bootstrap of all that a group of nodes gets, and asks an Envoy whether it \
              would start with it. This is its reason, at the resource that it is about, as near to the line as its words \
              allow. An Envoy that is sent the resource refuses it likewise, and goes on with what it had.",
        bad: "",
        good: "",
    }
    ENVOY_CRASHES "CH5002" Error "a real Envoy crashes on this" {
        why: "Envoy fell over while it read the resource, instead of refusing it. One that is sent it may do the same, and \
              again at each start.",
        bad: "",
        good: "",
    }
    ENVOY_NEEDS_FILE "CH5003" Warn "a file that a real Envoy does not find on this machine" {
        why: "The resource names a file on Envoy's disk: a certificate, say. Where `check --envoy` runs it is not there, so \
              the rest of the resource could not be asked about. Envoys that do not find it refuse the resource.",
        bad: "",
        good: "",
    }
    REFUSED "CH5004" Error "a connected Envoy refuses this" {
        why: "A change that passed all checks was sent to one Envoy of each group first, and one of them refused it. It was \
              taken back there, and nobody else got it. The document keeps its last good version until what was refused \
              changes; `chancery rollout retry` tries it once more as it is, if the reason was the Envoy's own, such as a \
              missing file or a port in use. The reason is Envoy's, at the resource that it names, as near to the line as \
              its words allow.",
        bad: "",
        good: "",
    }
}
