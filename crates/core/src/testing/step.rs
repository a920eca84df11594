//! Steps of a history, and the generator that strings them together.

use super::registry::Lie;
use super::rng::Rng;
use super::spots::Spot;
use crate::event::{OutageCause, PhoneService, StoreFault};

/// How the person answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Says {
    /// The address where they truly are.
    Truth,
    /// "Still here" or the tap question's yes.
    Still,
    /// The first place offered, or the directory's place for where they are.
    Offered,
    /// "I'm travelling."
    Travelling,
    /// "No."
    No,
    /// "Not now."
    Later,
    /// An address that is somewhere else: people err.
    Wrong,
    /// A place that nobody knows.
    Nonsense,
}

impl Says {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Truth,
        Self::Still,
        Self::Offered,
        Self::Travelling,
        Self::No,
        Self::Later,
        Self::Wrong,
        Self::Nonsense,
    ];
}

/// What the validator says to the next addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Checking {
    /// The format is right.
    FormatOnly,
    /// A provider confirmed it.
    Confirmed,
    /// It would be right like this.
    Corrected,
    /// It could be one of these.
    Candidates,
    /// Refused.
    Invalid,
    /// No answer.
    Unavailable,
}

/// How fast the world answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pace {
    /// Up to a quarter of a second.
    Quick,
    /// Up to five seconds.
    Slow,
    /// Up to a minute.
    Crawling,
}

/// One thing that happens.
#[expect(missing_docs, reason = "each variant's line names its fields")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Time passes.
    Wait(u32),
    /// The laptop is carried to a spot; `gap` seconds without a network, `told` whether hints come.
    Move { spot: Spot, gap: u8, told: bool },
    /// The link goes down for `down` seconds, `times` times.
    Flap { down: u8, times: u8 },
    /// A VPN comes or goes.
    Vpn(bool),
    /// A bridge comes or goes.
    Bridge(bool),
    /// An extra prefix comes or goes.
    Churn(u8),
    /// The gateway here is replaced, and nothing else.
    SwapGateway,
    /// The system keeps Wi-Fi from us, or lets us see it again.
    Withhold(bool),
    /// The computer sleeps for seconds.
    Sleep(u32),
    /// Another person's session (1 to 3).
    User(u8),
    /// Fast user switch away (and back).
    Active(bool),
    /// Screen lock.
    Lock(bool),
    /// Remote session.
    Remote(bool),
    /// The microphone.
    Call(bool),
    /// Unplugged, and plugged in again.
    Battery(bool),
    /// The probes' opinion.
    Phone(PhoneService),
    /// The companion dies before the n-th effect from now, and starts again after seconds; `power`:
    /// so does the computer.
    Crash { before: u8, off: u32, power: bool },
    /// The person quits, and starts again after seconds.
    Quit(u32),
    /// The store fails, or is mended.
    Store(Option<StoreFault>),
    /// The next `next` requests of the registry go like this.
    Registry { lie: Lie, next: u8 },
    /// Somebody else writes.
    Foreign(Spot),
    /// The registry restores an old backup.
    Backup,
    /// The call path asks.
    Fetch { emergency: bool },
    /// The calendar jumps by seconds.
    Wall(i32),
    /// The person answers the open question.
    Answer(Says),
    /// The person answers a question that was closed long ago.
    AnswerStale(Says),
    /// The person answers twice in a hurry.
    AnswerTwice(Says),
    /// The person says something unasked.
    Say(Says),
    /// The person opens the question.
    Ask,
    /// The person heard 933.
    Report933(Option<bool>),
    /// The person enrols.
    Enrol,
    /// Somebody asks for a confirmation.
    Review(u8),
    /// Policy changes to a variant.
    Policy(u8),
    /// The kernel dropped events.
    EventsLost,
    /// The next looks fail.
    Blind(u8),
    /// What validation says from now on.
    Validate(Checking),
    /// How fast the world answers from now on.
    Pace(Pace),
}

const YEAR: i32 = 365 * 24 * 3600;

/// A history: choices at the beginning, then steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// Seeds every choice the world makes while it is played.
    pub seed: u64,
    /// Where the laptop is at the beginning.
    pub start: Spot,
    /// Which variant of the policy holds.
    pub policy: u8,
    /// Whether the device is enrolled.
    pub enrolled: bool,
    /// What happens.
    pub steps: Vec<Step>,
}

impl History {
    /// The history of a seed.
    #[must_use]
    pub fn generate(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let rng = &mut rng;
        let start = spot(rng);
        let policy = if rng.percent(60) { 1 } else { small(rng, 6) };
        // Few watch the phone service, for it is asked all day.
        let policy = if seed % 32 == 7 { 6 } else { policy };
        let enrolled = rng.percent(93);
        let long = if rng.percent(10) { 60 } else { 22 };
        let count = 3 + rng.below(long);
        let mut steps = Vec::new();
        if rng.percent(75) {
            // Most days begin with a question and an answer; the rest of the world needs one.
            steps.push(Step::Wait(15));
            steps.push(Step::Answer(Says::Truth));
            if rng.percent(80) {
                steps.push(Step::Wait(20));
            }
        }
        while (steps.len() as u64) < count {
            step(rng, &mut steps);
        }
        Self { seed, start, policy, enrolled, steps }
    }
}

fn small(rng: &mut Rng, below: u64) -> u8 {
    u8::try_from(rng.below(below)).unwrap_or(0)
}

fn spot(rng: &mut Rng) -> Spot {
    // Few spots, so that people come back.
    if rng.percent(70) {
        rng.pick(&[Spot::Home, Spot::OfficeThree, Spot::OfficeFive, Spot::DeskOne])
    } else {
        rng.pick(&Spot::ALL)
    }
}

fn wait(rng: &mut Rng) -> Step {
    let bands = [(1, 3), (1, 15), (10, 60), (10, 60), (60, 900), (900, 5400)];
    let (low, high) = rng.pick(&bands);
    Step::Wait(seconds(rng, low, high))
}

fn seconds(rng: &mut Rng, low: u64, high: u64) -> u32 {
    u32::try_from(low + rng.below(high - low + 1)).unwrap_or(1)
}

fn says(rng: &mut Rng) -> Says {
    if rng.percent(55) { Says::Truth } else { rng.pick(&Says::ALL) }
}

fn step(rng: &mut Rng, steps: &mut Vec<Step>) {
    let next = match rng.below(100) {
        0..=21 => wait(rng),
        22..=33 => {
            let gap = if rng.percent(50) { 0 } else { small(rng, 6) };
            steps.push(Step::Move { spot: spot(rng), gap, told: rng.percent(85) });
            steps.push(if rng.percent(60) { Step::Wait(12) } else { wait(rng) });
            Step::Answer(says(rng))
        }
        34..=42 => Step::Answer(says(rng)),
        43..=46 => Step::Say(says(rng)),
        47 => Step::AnswerStale(says(rng)),
        48 => Step::AnswerTwice(says(rng)),
        49 => Step::Ask,
        50..=52 => Step::Flap { down: 1 + small(rng, 6), times: 1 + small(rng, 4) },
        53..=54 => Step::Vpn(rng.percent(60)),
        55 => Step::Bridge(rng.percent(60)),
        56..=57 => Step::Churn(small(rng, 4)),
        58..=59 => Step::SwapGateway,
        60 => Step::Withhold(rng.percent(50)),
        61..=62 => {
            Step::Sleep(if rng.percent(50) { seconds(rng, 20, 500) } else { seconds(rng, 700, 40_000) })
        }
        63..=64 => Step::User(1 + small(rng, 3)),
        65 => Step::Active(rng.percent(70)),
        66 => Step::Lock(rng.percent(50)),
        67 => Step::Remote(rng.percent(50)),
        68 => Step::Call(rng.percent(60)),
        69 => Step::Battery(rng.percent(50)),
        70..=71 => {
            steps.push(Step::Phone(phone(rng)));
            steps.push(Step::Wait(7));
            Step::Phone(phone(rng))
        }
        72..=77 => {
            let off = if rng.percent(50) { 1 } else { seconds(rng, 2, 4000) };
            Step::Crash { before: small(rng, 12), off, power: rng.percent(40) }
        }
        78 => Step::Quit(seconds(rng, 2, 4000)),
        79..=80 => {
            let faults = [StoreFault::Full, StoreFault::ReadOnly, StoreFault::Failed];
            Step::Store(if rng.percent(65) { Some(rng.pick(&faults)) } else { None })
        }
        81..=87 => Step::Registry { lie: rng.pick(&Lie::ALL), next: 1 + small(rng, 4) },
        88 => Step::Foreign(spot(rng)),
        89 => Step::Backup,
        90..=91 => Step::Fetch { emergency: rng.percent(65) },
        92..=93 => Step::Wall(rng.pick(&[YEAR, -YEAR, YEAR, -YEAR, 30, -30, 7200, -7200])),
        94 => Step::Report933(rng.pick(&[Some(true), Some(true), Some(false), None])),
        95 => Step::Enrol,
        96 => Step::Review(small(rng, 3)),
        97 => match rng.below(3) {
            0 => Step::Policy(small(rng, 6)),
            1 => Step::EventsLost,
            _ => Step::Blind(1 + small(rng, 3)),
        },
        98 => Step::Validate(rng.pick(&[
            Checking::FormatOnly,
            Checking::Confirmed,
            Checking::Corrected,
            Checking::Candidates,
            Checking::Invalid,
            Checking::Unavailable,
        ])),
        _ => Step::Pace(rng.pick(&[Pace::Quick, Pace::Slow, Pace::Slow, Pace::Crawling])),
    };
    steps.push(next);
}

fn phone(rng: &mut Rng) -> PhoneService {
    rng.pick(&[
        PhoneService::Answers,
        PhoneService::Answers,
        PhoneService::Degraded,
        PhoneService::Silent(OutageCause::NoInternet),
        PhoneService::Silent(OutageCause::ServiceDown),
        PhoneService::Silent(OutageCause::CaptivePortal),
        PhoneService::Unknown,
    ])
}
