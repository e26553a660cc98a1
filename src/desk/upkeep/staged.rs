//! A pack that was sent in: checked and compared where it lies aside, and taken only when somebody says so.

use std::{
    borrow::Cow,
    io::{Cursor, Read},
    path::PathBuf,
    sync::Arc,
};

use crate::{
    city::{CityPack, OPTIONAL_PACK_FILES, PACK_FILES, PackFiles, read_files},
    domain::{Fault, FaultKind, Right},
};

use super::{
    super::{Desk, PackSource, trouble::lost},
    PackCheck, keep,
    pack::{OWN_PACK, write_all},
};

/// Folder of the data folder in which a pack waits.
const STAGED: &str = "city-staged";
/// Bytes of one file at most, unpacked.
const LARGEST: u64 = 16 * 1024 * 1024;
/// Entries of an archive at most.
const ENTRIES: usize = 10_000;

/// The pack's files in an archive, wherever in it their folder lies.
fn unpacked(bytes: Vec<u8>) -> Result<PackFiles, Fault> {
    let unreadable =
        |why: String| Fault::invalid(format!("压缩包无法读取:{why};请上传 ZIP 格式的城市包目录")).at("file");
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| unreadable(error.to_string()))?;
    if archive.len() > ENTRIES {
        return Err(unreadable(format!("文件多于 {ENTRIES} 个")));
    }
    let mut files = PackFiles::new();
    for n in 0..archive.len() {
        let mut entry = archive.by_index(n).map_err(|error| unreadable(error.to_string()))?;
        let path = entry.name().map_err(|error| unreadable(error.to_string()))?.replace('\\', "/");
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        let known = PACK_FILES.contains(&name.as_str()) || OPTIONAL_PACK_FILES.contains(&name.as_str());
        // What macOS puts beside each file is not the file.
        if !known || entry.is_dir() || path.starts_with("__MACOSX/") {
            continue;
        }
        let mut content = Vec::new();
        entry.by_ref().take(LARGEST + 1).read_to_end(&mut content).map_err(|error| unreadable(error.to_string()))?;
        if content.len() as u64 > LARGEST {
            return Err(unreadable(format!("{name} 解压后超过 {} MB", LARGEST >> 20)));
        }
        if files.insert(name.clone(), Cow::Owned(content)).is_some() {
            return Err(unreadable(format!("其中有两个 {name}")));
        }
    }
    if files.is_empty() {
        return Err(unreadable("其中没有城市包的文件(pack.toml、taxonomy.csv 等)".to_owned()));
    }
    Ok(files)
}

impl Desk {
    fn stage(&self) -> Result<PathBuf, Fault> {
        let data = self.room.config.data.as_ref().map(|data| data.join(STAGED));
        data.ok_or_else(|| Fault::invalid("此服务没有数据目录,不能上传城市包"))
    }

    /// Lays a pack aside that was sent as a ZIP file; the one before goes.
    ///
    /// # Errors
    /// Not allowed, no data folder, no archive of a pack, or it cannot be written.
    pub async fn stage_pack(&self, bytes: Vec<u8>) -> Result<(), Fault> {
        let actor = self.actor();
        actor.needs(Right::Admin)?;
        let dir = self.stage()?;
        let files = tokio::task::spawn_blocking(move || unpacked(bytes)).await;
        let files = files.map_err(|_| lost("unpacking the city pack"))??;
        let _alone = self.room.replacing.lock().await;
        let written = tokio::task::spawn_blocking(move || {
            let failed = |error: std::io::Error| keep::told(&dir, &error);
            if dir.exists() {
                std::fs::remove_dir_all(&dir).map_err(failed)?;
            }
            std::fs::create_dir_all(&dir).map_err(failed)?;
            files.iter().try_for_each(|(name, bytes)| keep::replace(&dir, name, bytes))
        });
        written.await.map_err(|_| lost("laying the city pack aside"))??;
        self.note(&actor, "pack_staged", "").await
    }

    /// The pack that lies aside, checked and compared with the one that answers; none if there is none.
    ///
    /// # Errors
    /// Not allowed.
    pub async fn staged_pack(&self) -> Result<Option<PackCheck>, Fault> {
        self.actor().needs(Right::Admin)?;
        let Some(dir) = self.stage().ok().filter(|dir| dir.is_dir()) else { return Ok(None) };
        let (now, folder) = (self.city(), Some(dir.clone()));
        let read = tokio::task::spawn_blocking(move || CityPack::open(&dir));
        let read = read.await.map_err(|_| lost("reading the city pack"))?;
        Ok(Some(PackCheck::of(folder, read, &now)))
    }

    /// Forgets the pack that lies aside.
    ///
    /// # Errors
    /// Not allowed, there is none, or it cannot be removed.
    pub async fn drop_staged_pack(&self) -> Result<(), Fault> {
        let actor = self.actor();
        actor.needs(Right::Admin)?;
        let dir = self.stage()?;
        let _alone = self.room.replacing.lock().await;
        if !dir.is_dir() {
            return Err(Fault::not_found("没有待启用的城市包"));
        }
        std::fs::remove_dir_all(&dir).map_err(|error| keep::told(&dir, &error))?;
        self.note(&actor, "pack_dropped", "").await
    }

    /// Takes the pack that lies aside if it still is the one whose differences were looked at ([`PackCheck::hash`]):
    /// into the pack's folder if it can be written, else into the data
    /// folder, which answers from then on. What was there is kept as a version.
    ///
    /// # Errors
    /// Not allowed, there is none, it is another one by now ([`FaultKind::Conflict`]), it has faults, or it cannot be
    /// written.
    pub async fn take_staged_pack(&self, seen: &str) -> Result<(), Fault> {
        // A task of its own: a browser that goes away, or a time limit, leaves nothing half done.
        let (desk, seen) = (self.clone(), seen.to_owned());
        tokio::spawn(async move { desk.staged_taken(seen).await }).await.map_err(|_| lost("taking the city pack"))?
    }

    async fn staged_taken(&self, seen: String) -> Result<(), Fault> {
        let actor = self.actor();
        actor.needs(Right::Admin)?;
        let (dir, before) = (self.stage()?, self.city().hash.clone());
        {
            let _alone = self.room.replacing.lock().await;
            if !dir.is_dir() {
                return Err(Fault::not_found("没有待启用的城市包"));
            }
            let own = self.room.config.data.as_ref().map(|data| data.join(OWN_PACK));
            let target = match self.pack_source() {
                PackSource::Folder(dir) if keep::is_writable(&dir) => Some(dir),
                _ => own,
            };
            let target = target.ok_or_else(|| Fault::invalid("此服务没有数据目录,不能更换城市包"))?;
            let (version, to, from) = (self.version_name(), target.clone(), dir.clone());
            let written = tokio::task::spawn_blocking(move || {
                let files = read_files(&from).map_err(|faults| Fault::invalid(faults.to_string()))?;
                let read = CityPack::parse(&files)
                    .map_err(|faults| Fault::invalid(format!("城市包有 {} 处错误,未启用", faults.0.len())))?;
                if read.hash != seen {
                    let message = "上传的城市包已不是您看过的那一个,未启用;请重新查看差异";
                    return Err(Fault::new(FaultKind::Conflict, message));
                }
                write_all(&to, &files, &version)?;
                // It is the pack now; that it also lies aside would only confuse.
                let _ = std::fs::remove_dir_all(&from);
                Ok(())
            });
            written.await.map_err(|_| lost("writing the city pack"))??;
            self.room.pack.store(Arc::new(PackSource::Folder(target)));
        }
        self.reload_pack().await?;
        self.note(&actor, "pack_taken", format!("{before} -> {}", self.city().hash)).await
    }
}
