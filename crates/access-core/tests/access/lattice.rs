//! A million random requests for tokens, against a model of rights that knows nothing of the policy's code: what a
//! bearer can do, as sets. A token may come out of a request only if all its rights were the asker's.

use access_core::AccessSettings;
use access_core::policy::{Asker, Wanted, may_create};
use access_types::{Audience, Scope};

const USERS: [&str; 4] = ["chief", "frog", "toad", "newt"];
const PROJECTS: [&str; 2] = ["web", "shop"];
const SERVICES: [&str; 4] = ["jfac@01", "jfrt@01", "jfrt@02", "jfxr@01"];
const AUDIENCES: [&str; 5] = ["*@*", "jfac@*", "jfac@* jfrt@*", "jfrt@01", "jfac@01 jfrt@02"];

/// Parts of scopes, and the rights in each: of the user it is for, or of everybody.
const PARTS: [(&str, Gives); 15] = [
    ("applied-permissions/user", Gives::Own),
    ("applied-permissions/admin", Gives::Everything),
    ("applied-permissions/groups:readers", Gives::Group(0)),
    ("applied-permissions/groups:chiefs", Gives::Group(1)),
    ("applied-permissions/groups:readers,chiefs", Gives::Group(2)),
    ("applied-permissions/roles:web:Viewer", Gives::Role(0, 1)),
    ("applied-permissions/roles:web:\"Project Admin\",Viewer", Gives::Role(0, 3)),
    ("applied-permissions/roles:shop:Viewer", Gives::Role(1, 1)),
    ("artifact:libs:r", Gives::Other(0)),
    ("artifact:libs/**:*", Gives::Other(1)),
    ("system:identities:r", Gives::Other(2)),
    ("system:metrics:r", Gives::Other(3)),
    ("project:web:r", Gives::Other(4)),
    ("project:shop/members/**:r", Gives::Other(5)),
    ("api:*", Gives::Nothing),
];

#[derive(Clone, Copy)]
enum Gives {
    Nothing,
    Everything,
    Own,
    Group(u32),
    /// In a project, these roles as bits.
    Role(u32, u64),
    Other(u32),
}

// Rights as bits. What is bound to a project is another right than the same without a bound.
const OWN: u32 = 0; // 4 users, each without a bound and in 2 projects
const GROUP: u32 = 12; // 3 lists of groups, the same
const ROLE: u32 = 21; // 2 projects, 2 roles each
const OTHER: u32 = 25; // 6 things, each without a bound and in 2 projects
const EVERYTHING: u64 = u64::MAX;

/// What is the case when somebody asks.
#[derive(Clone, Copy)]
struct World {
    /// The users that are administrators now, as bits.
    admins: u32,
    /// Whether the members of `chiefs` are administrators now.
    chiefs_administer: bool,
    /// The projects that each user administers now, as bits.
    administers: [u32; 4],
}

/// A credential, or a token that is asked for.
#[derive(Debug, Clone, Copy)]
struct Token<'a> {
    user: usize,
    /// Its parts, as places in [`PARTS`]; with how many of them.
    parts: [usize; 2],
    audience: usize,
    project: Option<usize>,
    scope: &'a Scope,
}

/// A right without a bound, and the same within each project.
fn bounded(base: u32, project: Option<usize>) -> u64 {
    match project {
        None => 0b111 << base,
        Some(project) => 0b10 << (base + project as u32),
    }
}

fn rights(token: &Token<'_>, world: &World) -> u64 {
    token.parts.iter().fold(0, |rights, part| rights | rights_of_part(PARTS[*part].1, token, world))
}

fn rights_of_part(gives: Gives, token: &Token<'_>, world: &World) -> u64 {
    let unbound = token.project.is_none();
    match gives {
        Gives::Nothing => 0,
        Gives::Everything if unbound => EVERYTHING,
        // An administrator's token for a project is nothing but that.
        Gives::Everything => 0,
        Gives::Own if unbound && world.admins & (1 << token.user) != 0 => EVERYTHING,
        Gives::Own => {
            let administered = if unbound { world.administers[token.user] } else { 0 };
            let roles = (0..2).filter(|project| administered & (1 << project) != 0);
            let roles = roles.fold(0, |roles, project| roles | (0b11 << (ROLE + 2 * project)));
            roles | bounded(OWN + 3 * token.user as u32, token.project)
        }
        Gives::Group(list) if unbound && list > 0 && world.chiefs_administer => EVERYTHING,
        Gives::Group(list) => bounded(GROUP + 3 * list, token.project),
        // Roles are in their own project, whatever the token is bound to.
        Gives::Role(project, roles) => roles << (ROLE + 2 * project),
        Gives::Other(thing) => bounded(OTHER + 3 * thing, token.project),
    }
}

/// Why the token that is asked for would be wider than the credential, if it would be.
fn widening(
    asker: &Token<'_>,
    wanted: &Token<'_>,
    expires_in: Option<u64>,
    world: &World,
    settings: &AccessSettings,
) -> Option<&'static str> {
    let (own, new) = (rights(asker, world), rights(wanted, world));
    if new & !own != 0 {
        return Some("rights");
    }
    let audience =
        |token: &Token<'_>, service| Audience::parse(AUDIENCES[token.audience]).unwrap().includes(service);
    if SERVICES.iter().any(|service| audience(wanted, service) && !audience(asker, service)) {
        return Some("audience");
    }
    if asker.project.is_some() && wanted.project != asker.project {
        return Some("project");
    }
    if own == EVERYTHING {
        return None;
    }
    // Somebody else's name stands only on tokens with roles that the asker gives.
    let only_roles =
        wanted.parts.iter().all(|part| matches!(PARTS[*part].1, Gives::Role(..) | Gives::Nothing));
    if wanted.user != asker.user && (!only_roles || new == 0) {
        return Some("name");
    }
    match expires_in {
        Some(0) if settings.max_expiry > 0 || !settings.allow_never_expiring_for_users => Some("no expiry"),
        Some(seconds) if settings.max_expiry > 0 && seconds > settings.max_expiry => Some("expiry"),
        _ => None,
    }
}

/// SplitMix64: the same requests in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }

    fn token<'a>(&mut self, scopes: &'a [Vec<Scope>]) -> Token<'a> {
        // Half of all have one part, and half of these are of a kind that users ask for.
        let common = [0, 0, 0, 1, 2, 3, 5, 6, 7];
        let first =
            if self.below(2) == 0 { common[self.below(common.len())] } else { self.below(PARTS.len()) };
        let second = if self.below(2) == 0 { first } else { self.below(PARTS.len()) };
        Token {
            user: self.below(USERS.len()),
            parts: [first, second],
            audience: if self.below(2) == 0 { 0 } else { self.below(AUDIENCES.len()) },
            project: [None, None, Some(0), Some(1)][self.below(4)],
            scope: &scopes[first][second],
        }
    }
}

/// The credential as authentication reduces it (authentication.rs), and whether it administers `project`.
fn asker<'a>(
    token: &Token<'_>,
    audience: &'a Audience,
    project: Option<&'a str>,
    world: &World,
) -> Asker<'a> {
    let has = |at: usize| token.parts.contains(&at);
    let administers = |key: &str| {
        PROJECTS
            .iter()
            .position(|of| *of == key)
            .is_some_and(|at| world.administers[token.user] & (1 << at) != 0)
    };
    let unbound = token.project.is_none();
    let admin_user = world.admins & (1 << token.user) != 0;
    let admin_group = world.chiefs_administer && (has(3) || has(4));
    Asker {
        username: Some(USERS[token.user]),
        admin: unbound && (has(1) || (has(0) && admin_user) || admin_group),
        user_scope: has(0),
        audience,
        project_key: token.project.map(|at| PROJECTS[at]),
        administers: project.filter(|key| unbound && has(0) && administers(key)),
    }
}

/// How many of so many random requests were allowed, to administrators, and to administrators of projects; and how
/// many would be too wide if all were.
fn run(requests: usize) -> (usize, usize, usize) {
    let scopes: Vec<Vec<Scope>> = PARTS
        .iter()
        .map(|(first, _)| {
            let text =
                |second: &str| if *first == second { second.to_owned() } else { format!("{first} {second}") };
            PARTS.iter().map(|(second, _)| Scope::parse(&text(second)).unwrap()).collect()
        })
        .collect();
    let audiences: Vec<Audience> = AUDIENCES.iter().map(|text| Audience::parse(text).unwrap()).collect();
    let settings = [
        AccessSettings::default(),
        AccessSettings { max_expiry: 3600, default_expiry: 600, ..AccessSettings::default() },
        AccessSettings { allow_never_expiring_for_users: true, ..AccessSettings::default() },
    ];
    let mut dice = Dice(2);
    let (mut allowed, mut for_projects, mut too_wide) = (0, 0, 0);
    for _ in 0..requests {
        let world = World {
            admins: 1 | (dice.below(2) << 3) as u32,
            chiefs_administer: dice.below(2) == 0,
            administers: [0, dice.below(4) as u32, dice.below(4) as u32, 0],
        };
        let (own, mut new) = (dice.token(&scopes), dice.token(&scopes));
        // Who asks for somebody else is mostly refused.
        if dice.below(3) > 0 {
            new.user = own.user;
        }
        let expires_in = [None, Some(0), Some(60), Some(3600), Some(3601)][dice.below(5)];
        let settings = &settings[dice.below(settings.len())];
        let asker = asker(&own, &audiences[own.audience], new.scope.project_of_roles(), &world);
        let wanted = Wanted {
            username: USERS[new.user],
            scope: new.scope,
            audience: &audiences[new.audience],
            project_key: new.project.map(|at| PROJECTS[at]),
            expires_in,
        };
        let wider = widening(&own, &new, expires_in, &world, settings);
        too_wide += usize::from(wider.is_some());
        if may_create(&asker, &wanted, settings).is_ok() {
            assert_eq!(
                wider, None,
                "{own:?} made {new:?} {expires_in:?}, and {:?} {:?}",
                world.administers, asker
            );
            allowed += 1;
            for_projects += usize::from(!asker.admin && asker.administers.is_some());
        }
    }
    (allowed, for_projects, too_wide)
}

#[test]
fn reg_2_a_million_requests_and_none_gets_more_than_it_had() {
    let (allowed, for_projects, too_wide) = run(1_000_000);
    // Else the dice fall such that nothing is tried.
    assert!(
        allowed > 50_000 && for_projects > 500 && too_wide > 300_000,
        "{allowed} {for_projects} {too_wide}"
    );
}
