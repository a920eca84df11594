//! Playing steps in a world, and bringing it to rest.

use std::time::Duration;

use super::check::{Verdict, at_rest};
use super::spots::Spot;
use super::step::{Says, Step};
use super::world::{Crash, World};
use crate::event::{Event, HintSource};
use crate::intent::{Answer, Intent, PromptId};
use crate::place::PlaceId;
use crate::policy::{LoginReview, WithdrawPolicy};
use crate::reach::Service;
use crate::view::{Question, RegistryFacet};
use crate::{Mono, Policy};

/// The policy of a variant; 0 is the default, the others look less often, to make a day cheap.
#[must_use]
pub fn policy(variant: u8) -> Policy {
    let minutes = |n: u64| Duration::from_secs(60 * n);
    let phone = Service { own_domain: variant == 6, ..super::phone::service() };
    let coarse =
        Policy { reconcile_every: minutes(10), degraded_poll_every: minutes(5), phone, ..Policy::default() };
    match variant {
        0 => Policy { phone: coarse.phone, ..Policy::default() },
        2 => Policy { withdraw: WithdrawPolicy::AfterCertainMove, ..coarse },
        3 => Policy { login_review: LoginReview::Always, ..coarse },
        4 => Policy { confirm_max_age: Some(minutes(120)), ..coarse },
        5 => Policy {
            withdraw: WithdrawPolicy::AfterCertainMove,
            snooze: minutes(3),
            emergency_freeze: minutes(5),
            ..coarse
        },
        _ => coarse,
    }
}

impl World {
    /// Plays one step.
    ///
    /// # Errors
    /// The first invariant that breaks.
    pub fn step(&mut self, step: Step) -> Verdict {
        let seconds = |n: u32| Duration::from_secs(u64::from(n));
        match step {
            Step::Wait(span) => self.wait(seconds(span)),
            Step::Move { spot, gap, told } => self.carry(spot, gap, told),
            Step::Flap { down, times } => self.flap(down, times),
            Step::Vpn(up) => {
                self.laptop.vpn = up;
                self.tally.met.insert("vpn");
                self.hint(&[HintSource::Link, HintSource::Route, HintSource::Address])
            }
            Step::Bridge(up) => {
                self.laptop.bridge = up;
                self.tally.met.insert("bridge");
                self.hint(&[HintSource::Link, HintSource::Address])
            }
            Step::Churn(number) => {
                self.laptop.churn = number;
                self.tally.met.insert("address churn");
                self.hint(&[HintSource::Address])
            }
            Step::SwapGateway => {
                let at = usize::from(self.laptop.spot.number());
                self.laptop.swapped[at] = self.laptop.swapped[at].wrapping_add(1);
                self.tally.met.insert("gateway only");
                self.hint(&[HintSource::Neighbour])
            }
            Step::Withhold(withheld) => {
                self.laptop.withheld = withheld;
                self.tally.met.insert("wifi withheld");
                self.hint(&[HintSource::Wifi])
            }
            Step::Sleep(span) => {
                let long = span > 600;
                self.tally.met.insert(if long { "long sleep" } else { "short sleep" });
                let moved = (long && self.rng.percent(40)).then(|| self.rng.pick(&Spot::ALL));
                self.sleep(seconds(span), moved)
            }
            Step::User(user) => {
                if self.laptop.session.user != u64::from(user) {
                    self.tally.met.insert("user switch");
                }
                self.laptop.session.user = u64::from(user);
                self.hint(&[HintSource::Session])
            }
            Step::Active(active) => {
                self.laptop.session.active = active;
                self.tally.met.insert("fast user switch");
                self.hint(&[HintSource::Session])
            }
            Step::Lock(locked) => {
                self.laptop.session.locked = locked;
                self.tally.met.insert("lock");
                self.hint(&[HintSource::Session])
            }
            Step::Remote(remote) => {
                self.laptop.session.remote = remote;
                self.tally.met.insert("remote session");
                self.hint(&[HintSource::Session])
            }
            Step::Call(active) => {
                self.tally.met.insert("microphone in use");
                self.tell(Event::CallActivity { active })
            }
            Step::Battery(battery) => {
                self.tally.met.insert("battery");
                self.tell(Event::Power { battery })
            }
            Step::Phone(service) => {
                self.way.service = service;
                Ok(())
            }
            Step::Crash { before, off, power } => {
                self.doom(Crash { before, off: u64::from(off) * 1000, power });
                Ok(())
            }
            Step::Quit(off) => {
                self.tell(Event::Leaving)?;
                self.wait(Duration::from_millis(400))?;
                self.die(Crash { before: 0, off: u64::from(off) * 1000, power: false })
            }
            Step::Store(fault) => {
                self.store.fault = fault;
                Ok(())
            }
            Step::Registry { lie, next } => {
                self.lies.extend(std::iter::repeat_n(lie, usize::from(next)));
                self.lies.truncate(8);
                Ok(())
            }
            Step::Foreign(spot) => {
                let now = self.true_calendar();
                self.registry.foreign(spot, now);
                self.tally.met.insert("foreign writer");
                Ok(())
            }
            Step::Backup => {
                self.registry.restore_backup();
                self.tally.met.insert("backup restored");
                Ok(())
            }
            Step::Fetch { emergency } => {
                let now = self.true_calendar();
                self.registry.fetch(emergency, now);
                if emergency {
                    self.tally.met.insert("emergency fetch");
                }
                if self.rng.percent(70) { self.tell(Event::RegistryHint) } else { Ok(()) }
            }
            Step::Wall(by) => {
                self.step_wall(i64::from(by) * 1000);
                Ok(())
            }
            Step::Answer(says) => self.answer_open(says).map(drop),
            Step::AnswerTwice(says) => {
                if let Some(id) = self.answer_open(says)? {
                    self.tally.met.insert("answered twice");
                    self.answer_prompt(id, says)?;
                }
                Ok(())
            }
            Step::AnswerStale(says) => match self.closed {
                Some(id) => {
                    self.tally.met.insert("stale answer");
                    self.answer_prompt(id, says)
                }
                None => Ok(()),
            },
            Step::Say(says) => {
                let answer = self.answer_of(says);
                self.act(Intent::Say(answer)).map(drop)
            }
            Step::Ask => self.act(Intent::Ask).map(drop),
            Step::Report933(matched) => self.act(Intent::Report933 { matched }).map(drop),
            Step::Enrol => self.act(enrol()).map(drop),
            Step::Review(number) => self.tell(Event::ReviewAsked { id: format!("review-{number}") }),
            Step::Policy(variant) => self.set_policy(policy(variant)),
            Step::EventsLost => self.tell(Event::EventsLost),
            Step::Blind(looks) => {
                self.blind = looks;
                Ok(())
            }
            Step::Validate(checking) => {
                self.checking = checking;
                Ok(())
            }
            Step::Pace(pace) => {
                self.pace = pace;
                Ok(())
            }
        }
    }

    /// Carries the laptop to a spot, with seconds without a network, with or without hints.
    ///
    /// # Errors
    /// The first invariant that breaks.
    pub fn carry(&mut self, spot: Spot, gap: u8, told: bool) -> Verdict {
        if spot != self.laptop.spot {
            self.tally.met.insert(if told { "move" } else { "move that no event tells" });
        }
        // A cable cannot be moved without being pulled.
        let cable = spot != self.laptop.spot && (spot.is_wired() || self.laptop.spot.is_wired());
        let gap = gap.max(u8::from(cable));
        if gap > 0 {
            self.laptop.carrier = false;
            if told {
                self.hint(&[HintSource::Link])?;
            }
            self.wait(Duration::from_secs(u64::from(gap)))?;
        }
        self.laptop.spot = spot;
        self.laptop.carrier = true;
        let sources = [HintSource::Link, HintSource::Wifi, HintSource::Address, HintSource::Route];
        if told { self.hint(&sources) } else { Ok(()) }
    }

    fn flap(&mut self, down: u8, times: u8) -> Verdict {
        self.tally.met.insert("flap");
        for _ in 0..times {
            self.laptop.carrier = false;
            self.hint(&[HintSource::Link])?;
            self.wait(Duration::from_secs(u64::from(down)))?;
            self.laptop.carrier = true;
            self.hint(&[HintSource::Link, HintSource::Route])?;
            self.wait(Duration::from_millis(800))?;
        }
        Ok(())
    }

    /// Answers the open prompt, if there is one and it is not put off; says which it was.
    ///
    /// # Errors
    /// The first invariant that breaks.
    pub fn answer_open(&mut self, says: Says) -> Result<Option<PromptId>, super::check::Broken> {
        let Some(id) = self.view().prompt.as_ref().map(|prompt| prompt.id) else { return Ok(None) };
        self.answer_prompt(id, says)?;
        Ok(Some(id))
    }

    fn answer_prompt(&mut self, prompt: PromptId, says: Says) -> Verdict {
        let answer = self.answer_of(says);
        self.act(Intent::Answer { prompt, answer }).map(drop)
    }

    /// What the person would say now.
    pub fn answer_of(&mut self, says: Says) -> Answer {
        let at = |spot: Spot| Answer::Address {
            location: spot.address(),
            label: Some(format!("Zqx at {spot:?}").into()),
            floors: spot.floors(),
        };
        let here = self.laptop.spot;
        match says {
            Says::Truth => at(here),
            Says::Wrong => at(self.rng.pick(&Spot::ALL)),
            Says::Still => Answer::Still,
            Says::Travelling => Answer::Travelling,
            Says::No => Answer::No,
            Says::Later => Answer::Later,
            Says::Nonsense => Answer::Place(PlaceId("nowhere/1".to_owned())),
            Says::Offered => {
                let prompt = self.view().prompt.as_ref();
                let offered = prompt.and_then(|prompt| match &prompt.question {
                    Question::Tap(place) => Some(place.clone()),
                    Question::Choose => prompt.choices.first().map(|choice| choice.place.clone()),
                });
                let directory = here.directory_id().map(|id| PlaceId(id.to_owned()));
                match directory.or(offered) {
                    Some(place) => Answer::Place(place),
                    None => at(here),
                }
            }
        }
    }

    /// Mends the world, lets the person answer what is asked and act where something is parked, and
    /// checks what must be true at rest.
    ///
    /// # Errors
    /// The first invariant that breaks.
    pub fn come_to_rest(&mut self) -> Verdict {
        let (withdraw, phone) = (self.policy.withdraw, self.policy.phone.clone());
        let reconcile_every = Duration::from_secs(600);
        self.set_policy(Policy { reconcile_every, withdraw, phone, ..Policy::default() })?;

        self.heal()?;
        self.wait(Duration::from_secs(90))?;
        for _ in 0..6 {
            // Longer than a snooze, a freeze, a back-off and a late write.
            self.wait(Duration::from_secs(45 * 60))?;
            let parked = match &self.view().standing.registry {
                RegistryFacet::Parked(why) => Some(why.clone()),
                _ => None,
            };
            match parked {
                Some(crate::saved::Parked::Rejected(_)) => {
                    let answer = self.answer_of(Says::Truth);
                    self.act(Intent::Say(answer))?;
                }
                Some(_) => {
                    self.act(enrol())?;
                }
                None if !self.view().standing.enrolled => {
                    self.act(enrol())?;
                }
                None if self.view().prompt.is_some() => {
                    self.answer_open(Says::Truth)?;
                }
                None if !self.is_in_flight() => break,
                None => {}
            }
        }
        // Where nothing can be learned a confirmation lasts an hour: the last answer is a fresh one.
        self.answer_open(Says::Truth)?;
        self.wait(Duration::from_secs(16 * 60))?;
        let awake = self.engine().poll_timeout().is_some_and(|(at, _)| at > Mono(0));
        if !awake {
            return Err(super::check::Broken::new(4, "nothing is waited for any more"));
        }
        at_rest(self.view(), &self.laptop, &self.reference, &self.store, &self.registry)
    }
}

fn enrol() -> Intent {
    Intent::Enrol { code: "Zqx-code".to_owned().into(), registry: "https://registry.example".to_owned() }
}
