//! Several workers against each other: each call of the store may let another worker run first, and
//! may be a worker's last.

use std::cell::RefCell;
use std::collections::BTreeMap;

use corsac_origin_fetch::{Answer, Change, Item, Schedule, Stamp, Store, Worker, digest};
use proptest::prelude::*;

const SCHEDULE: Schedule = Schedule { refresh: 10_000, max_stale: 60_000 };
const WORKERS: usize = 3;

/// What the workers share, and the service.
#[derive(Default)]
struct World {
    now: u64,
    items: BTreeMap<Item, (Vec<u8>, u32)>,
    stamps: u32,
    random: u64,
    /// The service's list: a number.
    list: u64,
    is_down: bool,
    /// How many fetches there were.
    fetches: u64,
    /// The end of the lease of the fetch in progress. A worker that dies leaves it behind.
    lease: u64,
}

/// A worker of the model.
struct Modelled {
    worker: Worker,
    /// The list in force, and the fetch that it came by.
    list: Option<(u64, u64)>,
    /// A fetch that it has begun: what it will bring, and its number.
    fetching: Option<(Brings, u64)>,
}

impl Modelled {
    fn new() -> Self {
        Self { worker: Worker::new(SCHEDULE), list: None, fetching: None }
    }
}

/// What a fetch brings. It is decided when the fetch begins: the longest time that an answer may
/// be under way.
#[derive(Clone, Copy, Debug)]
enum Brings {
    List(u64),
    NotModified,
    Failure,
}

/// How long a lease lasts.
const LEASE: u64 = 15_000;

/// What happens, one after the other.
#[derive(Clone, Debug)]
enum Event {
    /// Time passes, milliseconds.
    Wait(u64),
    /// A worker looks at the store, and may begin a fetch.
    Look(usize),
    /// A worker's fetch ends, if it has one: also long after its lease.
    Finish(usize),
    /// A worker ends, and a new one takes its place.
    Restart(usize),
    /// The same, and it gives its lease back.
    GiveUp(usize),
    /// The service has another list, which it may have had before.
    Change,
    /// The service goes away, or comes back.
    Toggle,
}

/// What happens at one call of the store.
#[derive(Clone, Debug)]
enum Interruption {
    None,
    /// Another worker looks, or ends its fetch, before the call.
    Other(Event),
    /// The worker that calls is gone: this call and the later ones do nothing.
    Death,
}

struct Model {
    world: RefCell<World>,
    workers: Vec<RefCell<Option<Modelled>>>,
    interruptions: RefCell<Vec<Interruption>>,
    depth: RefCell<usize>,
}

/// The store as one worker sees it in one step.
struct View<'m> {
    model: &'m Model,
    is_dead: bool,
}

impl View<'_> {
    fn interrupt(&mut self) {
        let next = self.model.interruptions.borrow_mut().pop();
        match next {
            Some(Interruption::Other(event)) if *self.model.depth.borrow() < WORKERS => self.model.step(&event),
            Some(Interruption::Death) => self.is_dead = true,
            _ => {}
        }
    }
}

impl Store for View<'_> {
    fn get(&mut self, item: Item) -> Option<(Vec<u8>, Stamp)> {
        self.interrupt();
        let world = self.model.world.borrow();
        world.items.get(&item).filter(|_| !self.is_dead).map(|(value, stamp)| (value.clone(), Stamp(*stamp)))
    }

    fn set(&mut self, item: Item, value: &[u8], expected: Option<Stamp>) -> bool {
        self.interrupt();
        let mut world = self.model.world.borrow_mut();
        let current = world.items.get(&item).map(|(_, stamp)| Stamp(*stamp));
        if self.is_dead || current != expected {
            return false;
        }
        world.stamps += 1;
        let stamp = world.stamps;
        world.items.insert(item, (value.to_vec(), stamp));
        true
    }
}

impl Model {
    fn new(interruptions: Vec<Interruption>) -> Self {
        let workers = (0..WORKERS).map(|_| RefCell::new(Some(Modelled::new()))).collect();
        Self {
            world: RefCell::new(World { now: 5, list: 1, ..World::default() }),
            workers,
            interruptions: RefCell::new(interruptions),
            depth: RefCell::new(0),
        }
    }

    fn step(&self, event: &Event) {
        *self.depth.borrow_mut() += 1;
        match *event {
            Event::Wait(time) => self.world.borrow_mut().now += time,
            Event::Change => {
                let mut world = self.world.borrow_mut();
                world.list = world.list % 3 + 1;
            }
            Event::Toggle => {
                let mut world = self.world.borrow_mut();
                world.is_down = !world.is_down;
            }
            Event::Look(worker) => self.run(worker, |modelled, view| self.look(modelled, view)),
            Event::Finish(worker) => self.run(worker, |modelled, view| self.finish(modelled, view)),
            Event::GiveUp(worker) => self.run(worker, |modelled, view| {
                if modelled.worker.finish(self.now(), Answer::GivenUp, view) && !view.is_dead {
                    self.world.borrow_mut().lease = 0;
                }
                *modelled = Modelled::new();
            }),
            Event::Restart(worker) => self.run(worker, |modelled, _| *modelled = Modelled::new()),
        }
        *self.depth.borrow_mut() -= 1;
    }

    /// Runs a step of a worker, unless it is in the middle of one.
    fn run(&self, worker: usize, step: impl FnOnce(&mut Modelled, &mut View<'_>)) {
        let Some(mut modelled) = self.workers[worker].borrow_mut().take() else { return };
        let mut view = View { model: self, is_dead: false };
        step(&mut modelled, &mut view);
        let survivor = if view.is_dead { Modelled::new() } else { modelled };
        *self.workers[worker].borrow_mut() = Some(survivor);
    }

    fn now(&self) -> u64 {
        self.world.borrow().now
    }

    fn look(&self, modelled: &mut Modelled, view: &mut View<'_>) {
        let (now, random) = {
            let mut world = self.world.borrow_mut();
            world.random += 1;
            (world.now, world.random)
        };
        let look = modelled.worker.look(now, Some(random), view);
        match look.change {
            Change::None => {}
            Change::Drop => modelled.list = None,
            Change::Load(list) => {
                let text = std::str::from_utf8(list.text()).expect("a list is whole");
                let (list, fetch) = text.split_once(' ').expect("a list is whole");
                let [list, fetch] = [list, fetch].map(|number| number.parse().expect("a list is whole"));
                assert!(
                    modelled.list.is_none_or(|(_, earlier)| earlier < fetch),
                    "fetch {fetch} after {:?}",
                    modelled.list
                );
                modelled.list = Some((list, fetch));
            }
        }
        if let Some(fetch) = look.fetch.filter(|_| !view.is_dead) {
            let mut world = self.world.borrow_mut();
            // A worker that was interrupted for longer than its lease begins late, and in vain.
            if world.now < now + LEASE {
                assert!(now >= world.lease, "a second fetch before {}", world.lease);
                world.lease = now + LEASE;
            }
            world.fetches += 1;
            let brings = match world.list.to_string().into_bytes() {
                _ if world.is_down => Brings::Failure,
                tag if tag == fetch.etag => Brings::NotModified,
                _ => Brings::List(world.list),
            };
            modelled.fetching = Some((brings, world.fetches));
        }
    }

    fn finish(&self, modelled: &mut Modelled, view: &mut View<'_>) {
        let Some((brings, fetch)) = modelled.fetching.take() else { return };
        let (text, tag);
        let answer = match brings {
            Brings::Failure => Answer::Failed,
            Brings::NotModified => Answer::Unchanged,
            Brings::List(list) => {
                tag = list.to_string();
                let digest = digest(tag.as_bytes());
                if modelled.worker.is_unchanged(digest) {
                    Answer::Unchanged
                } else {
                    text = format!("{list} {fetch}");
                    // A service without tags for every third list.
                    let etag = if list % 3 == 0 { b"" } else { tag.as_bytes() };
                    Answer::List { text: text.as_bytes(), digest, etag }
                }
            }
        };
        if modelled.worker.finish(self.now(), answer, view) && !view.is_dead {
            self.world.borrow_mut().lease = 0;
        }
    }

    /// From here on nothing is interrupted: every worker looks each second, and fetches end in
    /// time.
    fn calm(&self, seconds: u64) {
        self.interruptions.borrow_mut().clear();
        for _ in 0..seconds {
            self.world.borrow_mut().now += 1000;
            for worker in 0..WORKERS {
                self.step(&Event::Look(worker));
                self.step(&Event::Finish(worker));
            }
        }
    }

    fn lists(&self) -> Vec<Option<u64>> {
        let list = |worker: &RefCell<Option<Modelled>>| worker.borrow().as_ref().and_then(|modelled| modelled.list);
        self.workers.iter().map(|worker| list(worker).map(|(list, _)| list)).collect()
    }
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => prop::sample::select(vec![1, 500, 1000, 5000, 20_000, 70_000]).prop_map(Event::Wait),
        8 => (0..WORKERS).prop_map(Event::Look),
        6 => (0..WORKERS).prop_map(Event::Finish),
        1 => (0..WORKERS).prop_map(Event::Restart),
        1 => (0..WORKERS).prop_map(Event::GiveUp),
        2 => Just(Event::Change),
        1 => Just(Event::Toggle),
    ]
}

fn interruption() -> impl Strategy<Value = Interruption> {
    prop_oneof![
        5 => Just(Interruption::None),
        4 => event().prop_map(Interruption::Other),
        1 => Just(Interruption::Death),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    /// Lists are whole, never older than before, and after some calm everyone has the service's.
    #[test]
    fn whatever_interrupts_whom_all_workers_end_with_the_services_list(
        events in prop::collection::vec(event(), 1..40),
        interruptions in prop::collection::vec(interruption(), 0..120),
    ) {
        let model = Model::new(interruptions);
        for event in &events {
            model.step(event);
        }
        model.world.borrow_mut().is_down = false;
        // A lease that was left behind, a pause after failures, a refresh, and a look.
        model.calm(15 + 10 + 10 + 5);
        let list = model.world.borrow().list;
        prop_assert_eq!(model.lists(), vec![Some(list); WORKERS]);
        // Those that begin now, too.
        for worker in 0..WORKERS {
            model.step(&Event::Restart(worker));
            model.step(&Event::Look(worker));
        }
        prop_assert_eq!(model.lists(), vec![Some(list); WORKERS]);
    }

    /// A service that is gone takes its list along, once it is too old.
    #[test]
    fn no_worker_keeps_a_list_that_is_too_old(
        events in prop::collection::vec(event(), 1..40),
        interruptions in prop::collection::vec(interruption(), 0..120),
    ) {
        let model = Model::new(interruptions);
        for event in &events {
            model.step(event);
        }
        model.world.borrow_mut().is_down = true;
        // Fetches in progress may still bring a list.
        model.calm(1 + SCHEDULE.max_stale / 1000 + 2);
        prop_assert_eq!(model.lists(), vec![None; WORKERS]);
    }
}

/// Every worker sees a new list within a second, and there is one fetch for each refresh.
#[test]
fn one_worker_fetches_for_all_and_the_others_follow_within_a_second() {
    let model = Model::new(Vec::new());
    model.calm(2);
    assert_eq!(model.lists(), [Some(1); WORKERS]);
    model.calm(98);
    let fetches = model.world.borrow().fetches;
    // A pause is up to a tenth shorter than the refresh, and a look is at most a second late.
    assert!((9..=12).contains(&fetches), "{fetches} fetches in 100 seconds");
    model.world.borrow_mut().list = 2;
    model.calm(12);
    assert_eq!(model.lists(), [Some(2); WORKERS]);
}

#[test]
fn a_worker_that_begins_later_starts_from_the_store_without_a_fetch() {
    let model = Model::new(Vec::new());
    model.calm(2);
    let fetches = model.world.borrow().fetches;
    model.step(&Event::Restart(0));
    assert_eq!(model.lists()[0], None);
    model.step(&Event::Look(0));
    assert_eq!((model.lists()[0], model.world.borrow().fetches), (Some(1), fetches));
}

#[test]
fn a_fetch_that_ends_after_its_lease_and_after_anothers_changes_nothing() {
    let model = Model::new(Vec::new());
    model.step(&Event::Look(0));
    model.step(&Event::Wait(20_000));
    model.step(&Event::Change);
    model.step(&Event::Look(1));
    model.step(&Event::Finish(1));
    model.step(&Event::Finish(0));
    for worker in 0..WORKERS {
        model.step(&Event::Look(worker));
    }
    assert_eq!(model.lists(), [Some(2); WORKERS]);
    assert_eq!(model.world.borrow().fetches, 2);
}

#[test]
fn a_crash_between_list_and_record_leaves_nothing_that_the_service_confirms_by_mistake() {
    for last in 0..12 {
        let model = Model::new(Vec::new());
        model.calm(2);
        model.step(&Event::Change);
        model.step(&Event::Wait(10_000));
        let interruptions = (0..last).map(|_| Interruption::None).chain([Interruption::Death]);
        *model.interruptions.borrow_mut() = interruptions.collect::<Vec<_>>().into_iter().rev().collect();
        model.step(&Event::Look(0));
        model.step(&Event::Finish(0));
        // The service has its first list again, and the record may still have that one's tag.
        model.world.borrow_mut().list = 1;
        model.calm(40);
        for worker in 0..WORKERS {
            model.step(&Event::Restart(worker));
            model.step(&Event::Look(worker));
        }
        assert_eq!(model.lists(), [Some(1); WORKERS], "dead at call {last}");
    }
}

#[test]
fn a_crash_at_any_call_leaves_a_store_that_the_others_recover_from() {
    // Which call of the store is the first worker's last, over a fetch from its beginning to its
    // end.
    for last in 0..12 {
        let interruptions = (0..last).map(|_| Interruption::None).chain([Interruption::Death]);
        let model = Model::new(interruptions.collect::<Vec<_>>().into_iter().rev().collect());
        model.step(&Event::Look(0));
        model.step(&Event::Finish(0));
        model.step(&Event::Look(0));
        model.calm(30);
        assert_eq!(model.lists(), [Some(1); WORKERS], "dead at call {last}");
        model.step(&Event::Change);
        model.calm(15);
        assert_eq!(model.lists(), [Some(2); WORKERS], "dead at call {last}");
    }
}
