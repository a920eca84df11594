; The companion's scheduled task is made and removed by the program that knows how, as the person who installs.
!include LogicLib.nsh

!macro NSIS_HOOK_PREINSTALL
  ; An upgrade cannot replace a program that runs. On the first installation there is none.
  ${If} ${FileExists} "$INSTDIR\rightdoorctl.exe"
    nsExec::Exec '"$INSTDIR\rightdoorctl.exe" supervise remove'
    Pop $0
  ${EndIf}
!macroend

!macro NSIS_HOOK_POSTINSTALL
  nsExec::Exec '"$INSTDIR\rightdoorctl.exe" supervise install'
  Pop $0
!macroend

!macro NSIS_HOOK_PREUNINSTALL
  nsExec::Exec '"$INSTDIR\rightdoorctl.exe" supervise remove'
  Pop $0
!macroend
