//! The operations by which the work of the staff goes from hand to hand.

use super::{Instance, MANY, ONE, OPTIONAL, System, takes};
use crate::operation::{Operation, Parameter};

const TASK: Parameter = takes("return", "Task", ONE, "The Task as it is then.");

const COLLEAGUE: Parameter = takes(
    "colleague",
    "Reference",
    MANY,
    "Who else has it in a queue; $assign takes one of these.",
);

/// One verb on a Task.
const fn verb(
    id: &'static str,
    code: &'static str,
    meaning: &'static str,
    inputs: &'static [Parameter],
) -> Operation {
    Operation {
        id,
        code,
        types: &["Task"],
        levels: &[Instance],
        affects_state: true,
        standard: None,
        meaning,
        searches: false,
        inputs,
        outputs: &[TASK],
    }
}

/// What somebody's work is.
pub const QUEUES: Operation = Operation {
    id: "work-queues",
    code: "work-queues",
    types: &[],
    levels: &[System],
    affects_state: false,
    standard: None,
    meaning: "The queues of the member of staff who asks, in the order of the policy pack. What lies in one is found \
              with GET Task?code=[code]&status=requested,received,accepted,ready,in-progress,on-hold; it is due at \
              Task.restriction.period.end.",
    searches: false,
    inputs: &[],
    outputs: &[
        Parameter {
            name: "queue",
            min: 0,
            max: None,
            type_name: "",
            meaning: "One queue.",
            parts: &[
                takes(
                    "code",
                    "code",
                    ONE,
                    "Of the Tasks in it: a code of CodeSystem/task-code.",
                ),
                takes("title", "string", ONE, "What it is called."),
                takes(
                    "decided-by",
                    "code",
                    OPTIONAL,
                    "The operation that decides such work; without it, $complete ends it.",
                ),
                takes(
                    "clock",
                    "code",
                    ONE,
                    "office: business days, standing still while somebody is asked for more; law: nothing stops it; \
                 person: the staff wait.",
                ),
                COLLEAGUE,
            ],
        },
        takes(
            "may",
            "code",
            MANY,
            "An operation of the desk that the role of whoever asks includes, such as proxy-register: what a form is \
         offered for.",
        ),
    ],
};

/// Work becomes one's own.
pub const CLAIM: Operation = verb(
    "Task-claim",
    "claim",
    "Takes on a Task of one's own queues: it is in progress, its owner is who claims it, and the extension pool keeps \
     where it was routed to. Where a colleague has it already the answer is 409 and names them.",
    &[],
);

/// Work goes back to where it came from.
pub const RELEASE: Operation = verb(
    "Task-release",
    "release",
    "Gives a Task back to its queue, for others to take on. By who has it.",
    &[],
);

/// Work goes to a colleague.
pub const ASSIGN: Operation = verb(
    "Task-assign",
    "assign",
    "Gives a Task to a colleague who has it in a queue too, also out of somebody else's hands, who are then named: \
     where others have it by now the answer is 409.",
    &[
        takes("to", "Reference", ONE, "The Practitioner who gets it."),
        takes(
            "from",
            "Reference",
            OPTIONAL,
            "The Practitioner who has it now; nothing where nobody has.",
        ),
    ],
);

/// The person is asked.
pub const ASK: Operation = verb(
    "Task-ask-for-information",
    "ask-for-information",
    "Asks the person behind a Task for more, by a message in its thread. The Task waits, and its clock stands still \
     until they answer or $resume; days that a law gives run on.",
    &[takes(
        "question",
        "string",
        ONE,
        "What is asked; the person reads it.",
    )],
);

/// The clock runs again.
pub const RESUME: Operation = verb(
    "Task-resume",
    "resume",
    "Goes on with a Task that waited: as many business days are left as there were.",
    &[],
);

/// Work is over.
pub const COMPLETE: Operation = verb(
    "Task-complete",
    "complete",
    "Ends a Task that has no operation of its own to decide it.",
    &[
        takes(
            "outcome",
            "code",
            OPTIONAL,
            "done, or declined; done when nothing is said.",
        ),
        takes(
            "answer",
            "string",
            OPTIONAL,
            "What the person is told, by a message in its thread. Needed where it is declined.",
        ),
    ],
);
