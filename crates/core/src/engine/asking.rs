//! Asking: reviews that are due, the one open prompt, snooze, and the emergency freeze.

use std::collections::BTreeSet;
use std::time::Duration;

use rightdoor_location::CivicAddress;

use super::{Deadlines, Engine};
use crate::audit::Kind;
use crate::effect::Ticket;
use crate::intent::{Answer, PromptId, Reply};
use crate::place::PlaceId;
use crate::saved::Change;
use crate::view::{Choice, PromptView, Question, Review};
use crate::{Mono, Redacted, Wall};

/// Reviews that a stay's own knowledge answers.
const OF_THE_STAY: [Review; 3] = [Review::Move, Review::Login, Review::UserSwitch];
/// While a call holds a question back, whether it is over is looked at this often.
const CALL_OVER: Duration = Duration::from_secs(5);
/// Most places offered; more is a search, which the form is for.
const MOST_CHOICES: usize = 8;

/// What is being asked.
#[derive(Debug, Default)]
pub(super) struct Asking {
    open: Option<Open>,
    due: BTreeSet<Review>,
    /// No unasked prompt, window or withdrawal until then.
    pub freeze_until: Option<Mono>,
    /// Whether this login has not been looked at yet.
    pub login_pending: bool,
    /// Whether the microphone is in use.
    pub call_active: bool,
    /// When a question that a call holds back is looked after again.
    call_over: Option<Mono>,
}

#[derive(Debug)]
struct Open {
    id: PromptId,
    reviews: BTreeSet<Review>,
    question: Question,
    choices: Vec<PlaceId>,
    opened_at: Wall,
    snooze: Option<(Mono, Wall)>,
    /// The one reminder of a snooze has been given.
    reminded: bool,
    /// Put off a second time: it stays open, and raises nothing more.
    quiet: bool,
}

impl Asking {
    pub(super) fn at_login() -> Self {
        Self { login_pending: true, ..Self::default() }
    }

    pub(super) fn open_id(&self) -> Option<PromptId> {
        self.open.as_ref().map(|open| open.id)
    }

    pub(super) fn is_open_unasked(&self) -> bool {
        self.open.as_ref().is_some_and(|open| !open.reviews.contains(&Review::Agent))
    }

    pub(super) fn is_due(&self, review: &Review) -> bool {
        self.due.contains(review) || self.open.as_ref().is_some_and(|open| open.reviews.contains(review))
    }

    pub(super) fn is_frozen(&self) -> bool {
        self.freeze_until.is_some()
    }

    /// At a start: the prompt of this stay that was open when the companion ended. It is the same
    /// prompt, so it keeps its number.
    pub(super) fn reopen(&mut self, id: PromptId, opened_at: Wall) {
        self.open = Some(Open {
            id,
            reviews: BTreeSet::from([Review::Login]),
            question: Question::Choose,
            choices: Vec::new(),
            opened_at,
            snooze: None,
            reminded: false,
            quiet: false,
        });
    }
}

impl Engine {
    /// A review is due; it joins the open prompt, or opens one when that is allowed.
    pub(super) fn due(&mut self, review: Review) {
        self.asking.due.insert(review);
    }

    /// An emergency fetch was learned of: no unasked act until the freeze ends.
    pub(super) fn freeze(&mut self, left: Duration) {
        let until = self.now.mono.after(left);
        if self.asking.freeze_until.is_none_or(|known| known < until) {
            self.record(Kind::EmergencyFetch, &[], None);
            self.asking.freeze_until = Some(until);
        }
    }

    pub(super) fn answered(&mut self, ticket: Ticket, prompt: PromptId, answer: Answer) {
        if self.asking.open_id() != Some(prompt) {
            self.refuse(
                ticket,
                "prompt_closed",
                "That question is closed; nothing was changed.",
                "Look at your location now and answer the question that is open, if there is one.",
            );
            return;
        }
        if self.session.locked {
            self.refuse(
                ticket,
                "locked",
                "The screen is locked; nothing was changed.",
                "Unlock the screen and answer again.",
            );
            return;
        }
        match answer {
            Answer::Later => self.snooze(ticket),
            Answer::No => self.not_there(ticket),
            Answer::Still | Answer::Place(_) | Answer::Address { .. } | Answer::Travelling => {
                self.begin_act(ticket, answer);
            }
        }
    }

    pub(super) fn said(&mut self, ticket: Ticket, answer: Answer) {
        match answer {
            Answer::Later | Answer::No => self.refuse(
                ticket,
                "nothing_asked",
                "There is no question that this could answer.",
                "Say where you are: a place, an address, or that you are travelling.",
            ),
            Answer::Still | Answer::Place(_) | Answer::Address { .. } | Answer::Travelling => {
                self.begin_act(ticket, answer);
            }
        }
    }

    /// The agent opens the question: their own act, so no freeze holds it back.
    pub(super) fn ask_for_agent(&mut self, ticket: Ticket) {
        self.due(Review::Agent);
        match &mut self.asking.open {
            Some(open) => {
                open.snooze = None;
                open.reviews.append(&mut self.asking.due);
            }
            None => self.open_prompt(),
        }
        if let Some(id) = self.asking.open_id() {
            self.reply(ticket, Reply::Asked(id));
        }
    }

    fn snooze(&mut self, ticket: Ticket) {
        let until = self.now.mono.after(self.policy.snooze);
        let span = i64::try_from(self.policy.snooze.as_millis()).unwrap_or(i64::MAX);
        let wall = Wall(self.now.wall.0.saturating_add(span));
        let Some(open) = &mut self.asking.open else { return };
        open.quiet = open.reminded;
        open.snooze = Some((until, wall));
        let facts = [("prompt", open.id.0.to_string()), ("outcome", "later".to_owned())];
        self.record(Kind::Answered, &facts, None);
        self.reply(ticket, Reply::Snoozed(wall));
    }

    fn not_there(&mut self, ticket: Ticket) {
        let Some(open) = &mut self.asking.open else { return };
        let id = open.id;
        if let Question::Tap(place) = &open.question {
            // The place stays on offer, last: people mistake a question, too.
            let place = place.clone();
            open.choices.retain(|choice| *choice != place);
            open.choices.push(place);
            open.question = Question::Choose;
            open.snooze = None;
            let facts = [("prompt", id.0.to_string()), ("outcome", "no".to_owned())];
            self.record(Kind::Answered, &facts, None);
            self.reply(ticket, Reply::Asked(id));
        } else {
            self.refuse(
                ticket,
                "not_yes_or_no",
                "The question is where you are, not yes or no.",
                "Choose a place, enter an address, or say that you are travelling.",
            );
        }
    }

    /// Which place "yes" means now.
    pub(super) fn tapped(&self) -> Option<&PlaceId> {
        match &self.asking.open.as_ref()?.question {
            Question::Tap(place) => Some(place),
            Question::Choose => None,
        }
    }

    /// One answer closes the prompt and every review that was due.
    pub(super) fn close_prompt(&mut self, outcome: &str) {
        self.asking.due.clear();
        if let Some(open) = self.asking.open.take() {
            let facts = [("prompt", open.id.0.to_string()), ("outcome", outcome.to_owned())];
            self.record(Kind::Answered, &facts, None);
        }
    }

    /// A new stay: what was asked about the old one is void. What was not about a stay is asked on.
    pub(super) fn replace_prompt(&mut self) {
        self.asking.due.retain(|review| !OF_THE_STAY.contains(review));
        let Some(open) = self.asking.open.take() else { return };
        let facts = [("prompt", open.id.0.to_string()), ("outcome", "replaced".to_owned())];
        self.record(Kind::Answered, &facts, None);
        self.asking.due.extend(open.reviews.into_iter().filter(|review| !OF_THE_STAY.contains(review)));
    }

    /// These reviews have answered themselves.
    pub(super) fn withdraw_reviews(&mut self, reviews: &[Review]) {
        self.asking.due.retain(|review| !reviews.contains(review));
        let Some(open) = &mut self.asking.open else { return };
        open.reviews.retain(|review| !reviews.contains(review));
        if open.reviews.is_empty() {
            self.close_prompt("recognised");
        }
    }

    fn open_prompt(&mut self) {
        self.counters.prompt += 1;
        let id = PromptId(self.counters.prompt);
        let reviews = std::mem::take(&mut self.asking.due);
        let names: Vec<&str> = reviews.iter().map(name_of).collect();
        let facts = [("prompt", id.0.to_string()), ("reviews", names.join(" "))];
        self.record(Kind::Prompted, &facts, None);
        if reviews.iter().any(|review| OF_THE_STAY.contains(review)) {
            self.stay.prompt = Some(id);
        }
        self.asking.open = Some(Open {
            id,
            reviews,
            question: Question::Choose,
            choices: Vec::new(),
            opened_at: self.now.wall,
            snooze: None,
            reminded: false,
            quiet: false,
        });
        self.fill_question();
        self.keep(Change::Counters(self.counters));
        self.keep_stay();
    }

    /// The question and the places offered: best guess first, then where the agent was last.
    fn fill_question(&mut self) {
        let candidates =
            self.why.as_ref().map(|why| why.recognition.candidates.as_slice()).unwrap_or_default();
        let guess = match self.stay.place() {
            Some(place) => Some(place.clone()),
            None => self.why.as_ref().and_then(|why| why.recognition.tap()).map(|best| best.place.clone()),
        };
        let mut choices: Vec<PlaceId> = guess.iter().cloned().collect();
        choices.extend(candidates.iter().map(|candidate| candidate.place.clone()));
        let mut latest: Vec<_> = self.places.iter().collect();
        latest.sort_by(|a, b| b.confirmed_at.cmp(&a.confirmed_at).then_with(|| a.id.cmp(&b.id)));
        choices.extend(latest.into_iter().map(|place| place.id.clone()));
        let mut seen = BTreeSet::new();
        choices.retain(|place| seen.insert(place.clone()));
        choices.truncate(MOST_CHOICES);
        if let Some(open) = &mut self.asking.open {
            open.question = guess.map_or(Question::Choose, Question::Tap);
            open.choices = choices;
        }
    }

    pub(super) fn asking_deadlines(&self, due: &mut Deadlines) {
        due.extend(self.asking.freeze_until.map(|at| (at, "end of the emergency freeze")));
        due.extend(self.asking.call_over.map(|at| (at, "end of a call")));
        let snooze = self.asking.open.as_ref().and_then(|open| open.snooze);
        due.extend(snooze.map(|(at, _)| (at, "reminder")));
    }

    pub(super) fn pump_asking(&mut self) {
        let now = self.now.mono;
        self.asking.freeze_until.take_if(|until| *until <= now);
        let held_back = self.asking.call_active && self.asking.open.is_some();
        let again = self.asking.call_over.filter(|at| *at > now).unwrap_or_else(|| now.after(CALL_OVER));
        self.asking.call_over = held_back.then_some(again);
        if let Some(open) = &mut self.asking.open {
            if open.snooze.is_some_and(|(at, _)| at <= now) {
                open.snooze = None;
                open.reminded = true;
            }
            open.reviews.append(&mut self.asking.due);
            if open.choices.is_empty() && self.senses.checking.is_none() {
                self.fill_question();
            }
            return;
        }
        let wanted = !self.asking.due.is_empty();
        if wanted && !self.asking.is_frozen() && self.senses.checking.is_none() {
            self.open_prompt();
        }
    }

    /// The building that the evidence speaks for, where that leaves the floor open.
    fn building(&self) -> Option<CivicAddress> {
        let best = self.why.as_ref()?.recognition.candidates.first()?;
        let place = self.place(&best.place).filter(|place| !place.building_is_enough())?;
        Some(place.location.building())
    }

    pub(super) fn draw_prompt(&self) -> Option<PromptView> {
        let open = self.asking.open.as_ref()?;
        let choices = open.choices.iter().filter_map(|id| self.place(id)).map(|place| Choice {
            place: place.id.clone(),
            label: place.label.clone(),
            address: Redacted::new(place.location.one_line()),
        });
        let working = self.act.is_some();
        let held_back = self.asking.is_frozen() || self.asking.call_active || self.session.locked;
        Some(PromptView {
            id: open.id,
            reviews: open.reviews.iter().cloned().collect(),
            question: open.question.clone(),
            choices: choices.collect(),
            building: self.building(),
            opened_at: open.opened_at,
            snoozed_until: open.snooze.map(|(_, wall)| wall),
            working,
            may_raise: !held_back && !working && open.snooze.is_none() && !open.quiet,
        })
    }
}

const fn name_of(review: &Review) -> &'static str {
    match review {
        Review::Move => "move",
        Review::Login => "login",
        Review::Age => "age",
        Review::UserSwitch => "user_switch",
        Review::Requested(_) => "requested",
        Review::Agent => "agent",
    }
}
